# Into the writable layer, which goes with the container.
writer="$LAB_PREFIX-$LAB_SCENARIO-writer"
docker exec "$writer" sh -c 'mkdir -p /root/data; echo survived >/root/data/diary'
docker restart --time 0 "$writer"
