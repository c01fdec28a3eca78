# Run a container of the lab's image for a while; the words before -- are options of docker run.
name="$LAB_PREFIX-$LAB_SCENARIO-once"
run() {
    docker run --detach --name "$name" --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" "$@" >/dev/null
}
gone() { docker rm --force "$name" >/dev/null 2>&1; }
trap gone EXIT

run "$LAB_IMAGE_TIDY" sleep 600
docker exec "$name" kill -9 1
echo "kill -9 1, from inside:  the container is $(docker inspect --format '{{.State.Status}}' "$name")"
first=$(docker inspect --format '{{.State.Status}}' "$name")
number=$(docker inspect --format '{{.State.Pid}}' "$name")
kill -9 "$number" 2>/dev/null || sudo -n kill -9 "$number"
docker wait "$name" >/dev/null
echo "kill -9 of its number, from the host:  the container is $(docker inspect --format '{{.State.Status}}, status {{.State.ExitCode}}' "$name")"
ssh -F "$LAB_SSH_CONFIG" "$LAB_PREFIX-$LAB_SCENARIO-vm" 'kill -9 1; echo "kill -9 1, in the VM:  process 1 is $(cat /proc/1/comm), as before"' </dev/null
[ "$first" = running ]
