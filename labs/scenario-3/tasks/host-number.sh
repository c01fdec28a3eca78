alpha="$LAB_PREFIX-$LAB_SCENARIO-alpha"
docker inspect --format '{{.State.Pid}}' "$alpha" | docker exec -i "$alpha" tee /root/host-number
