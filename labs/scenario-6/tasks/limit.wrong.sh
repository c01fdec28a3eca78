# This binds one shell in the container, and nothing else.
docker exec "$LAB_PREFIX-$LAB_SCENARIO-open" sh -c 'ulimit -v 131072'
