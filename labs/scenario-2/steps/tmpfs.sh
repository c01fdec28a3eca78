name="$LAB_PREFIX-$LAB_SCENARIO-scratch"
trap 'docker rm --force "$name" >/dev/null 2>&1' EXIT
docker run --detach --init --name "$name" --tmpfs /scratch --label "lab.name=$LAB_PREFIX" \
    --label "lab.scenario=$LAB_SCENARIO" --label lab.machine=scratch "$LAB_IMAGE_WRITER" sleep 600 >/dev/null
docker exec "$name" sh -c 'echo fleeting >/scratch/file; echo lasting >/root/file'
docker exec "$name" sh -c 'echo "/scratch is $(stat --file-system --format %T /scratch)"'
docker restart --time 0 "$name" >/dev/null
for file in /root/file /scratch/file; do
    echo "after a restart, $file: $(docker exec "$name" cat "$file" 2>&1)"
done
docker exec "$name" test -e /root/file && ! docker exec "$name" test -e /scratch/file
