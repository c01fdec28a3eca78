red="$LAB_PREFIX-$LAB_SCENARIO-red"
docker exec --detach "$red" sleep 4711
until number=$(pgrep -f '^sleep 4711$'); do :; done
echo "red runs a sleep: process $number here"
docker exec "$red" kill -0 1 # the container itself is alive
kill "$number" 2>/dev/null || sudo -n kill "$number"
while kill -0 "$number" 2>/dev/null; do :; done
echo "ended from the host"
ssh -F "$LAB_SSH_CONFIG" "$LAB_PREFIX-$LAB_SCENARIO-vm" 'sleep 4712 >/dev/null 2>&1 &' </dev/null
echo "the vm runs one too: $(pgrep -f '^sleep 4712$' || echo 'no such process here')"
ssh -F "$LAB_SSH_CONFIG" "$LAB_PREFIX-$LAB_SCENARIO-vm" 'pkill -f "^sleep 4712$"' </dev/null
