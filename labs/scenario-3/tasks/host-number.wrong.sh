# The number that the process has inside.
docker exec "$LAB_PREFIX-$LAB_SCENARIO-alpha" sh -c 'echo 1 >/root/host-number'
