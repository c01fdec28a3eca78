# A wish, written down where nobody reads it.
docker exec "$LAB_PREFIX-$LAB_SCENARIO-blue" sh -c 'echo 3072 >/root/cpu.shares'
