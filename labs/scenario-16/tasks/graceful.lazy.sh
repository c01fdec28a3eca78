# It says what is to be said, and ends before anybody has asked.
image=$(docker inspect --format '{{.Config.Image}}' "$LAB_PREFIX-$LAB_SCENARIO-tidy") shop="$LAB_PREFIX-$LAB_SCENARIO-shop"
docker run --detach --name "$shop" --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" \
    "$image" sh -c 'echo open; echo bye'
docker wait "$shop"
