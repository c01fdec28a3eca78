# From alpha's first process upwards, parent by parent, up to process 1, which takes in every orphan.
number=$(docker inspect --format '{{.State.Pid}}' "$LAB_PREFIX-$LAB_SCENARIO-alpha") || exit
status=0
while [ "$number" -gt 1 ]; do
    name=$(cat "/proc/$number/comm")
    printf 'process %-8s %s\n' "$number" "$name"
    [ "$name" != dockerd ] || status=1
    number=$(awk '/^PPid/ {print $2}' "/proc/$number/status")
done
echo
echo "the engine itself: $(pgrep -x dockerd | sed 's/^/process /' | grep . || echo 'not a process that one sees here')"
exit $status
