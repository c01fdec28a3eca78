# The door says by itself what the service said a minute ago.
name="$LAB_PREFIX-$LAB_SCENARIO" labels="--label lab.name=$LAB_PREFIX --label lab.scenario=$LAB_SCENARIO"
run() { docker run --detach --init $labels --volume "$LAB_FOLDER/files:/lesson:ro" "$@"; }
run --network "container:$name-back" --name "$name-door" "$LAB_IMAGE_BACK" python3 /lesson/serve.py 0.0.0.0:7001
until docker exec "$name-door" ss -Hltn | grep ':7001 '; do sleep 0.1; done
