# The shell waits for the sleep, and looks at its trap only when that is over.
image=$(docker inspect --format '{{.Config.Image}}' "$LAB_PREFIX-$LAB_SCENARIO-tidy") shop="$LAB_PREFIX-$LAB_SCENARIO-shop"
docker run --detach --name "$shop" --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" \
    "$image" sh -c 'trap "echo bye; exit 0" TERM
echo open
sleep 600'
until docker logs "$shop" | grep -q open; do :; done
docker stop --time 5 "$shop"
