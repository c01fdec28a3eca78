# It is there, and it runs: no less than box does.
box="$LAB_PREFIX-$LAB_SCENARIO-box" spare="$LAB_PREFIX-$LAB_SCENARIO-spare"
image=$(docker inspect --format '{{.Config.Image}}' "$box")
docker run --detach --name "$spare" --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" \
    "$image" sleep infinity
