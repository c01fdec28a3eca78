# Blue's root asks, and is refused.
docker exec "$LAB_PREFIX-$LAB_SCENARIO-blue" ip address add 192.0.2.7/32 dev lo || true
