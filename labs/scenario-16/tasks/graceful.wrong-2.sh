# With an init it is easy; and its status is that of a program that a signal has ended.
image=$(docker inspect --format '{{.Config.Image}}' "$LAB_PREFIX-$LAB_SCENARIO-tidy") shop="$LAB_PREFIX-$LAB_SCENARIO-shop"
docker run --detach --init --name "$shop" --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" \
    "$image" sh -c 'echo open; sleep 600'
until docker logs "$shop" | grep -q open; do :; done
docker stop --time 5 "$shop"
