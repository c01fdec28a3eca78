# back moves into the cellar, and front knocks in vain.
name="$LAB_PREFIX-$LAB_SCENARIO" labels="--label lab.name=$LAB_PREFIX --label lab.scenario=$LAB_SCENARIO"
run() { docker run --detach --init $labels --volume "$LAB_FOLDER/files:/lesson:ro" "$@"; }
docker network create $labels "$name-cellar"
run --network "$name-cellar" --network-alias store --name "$name-store" "$LAB_IMAGE_BACK" \
    python3 /lesson/serve.py 0.0.0.0:8080
docker network connect "$name-cellar" "$name-back"
docker network disconnect "$name" "$name-back"
