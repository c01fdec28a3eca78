writer="$LAB_PREFIX-$LAB_SCENARIO-writer"
docker exec "$writer" sh -c 'echo survived >/data/diary'
docker rm --force "$writer" >/dev/null
docker run --detach --init --name "$writer" --hostname writer --network "$LAB_PREFIX-$LAB_SCENARIO" \
    --volume "$LAB_PREFIX-$LAB_SCENARIO-data:/data" \
    --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" --label lab.machine=writer \
    "$LAB_IMAGE_WRITER" sleep infinity
