# Created is not started: no process is there yet.
box="$LAB_PREFIX-$LAB_SCENARIO-box" spare="$LAB_PREFIX-$LAB_SCENARIO-spare"
image=$(docker inspect --format '{{.Config.Image}}' "$box")
docker create --name "$spare" --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" "$image" sleep infinity
