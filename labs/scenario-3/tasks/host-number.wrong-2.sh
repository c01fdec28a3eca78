# The number of its parent, the shim.
alpha="$LAB_PREFIX-$LAB_SCENARIO-alpha"
ps -o ppid= -p "$(docker inspect --format '{{.State.Pid}}' "$alpha")" | tr -d ' ' | docker exec -i "$alpha" tee /root/host-number
