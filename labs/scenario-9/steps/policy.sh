#!/bin/bash
trap 'docker rm -f always-1 always-2 always-3 >/dev/null 2>&1' EXIT
for n in 1 2 3; do
    docker run --detach --init --network host --name always-$n --restart always localhost/busybox sleep 1000 >/dev/null &
done
wait
since=$(date +%s.%N)
exec 3< <(exec timeout 300 docker events --since "$since" --filter event=start --filter container=always-1 --format x)
kill -9 "$(docker inspect --format '{{.State.Pid}}' always-1)"
docker kill always-2 >/dev/null
docker rm -f always-3 >/dev/null
read -r <&3 # the engine announces that always-1 has started again
kill $!

# Time for the other two to come back as well, if they would.
docker events --since "$since" --until $(($(date +%s) + 5)) --filter event=start --format '{{.Actor.Attributes.name}} started'
state() { docker inspect --format '{{.State.Status}}, restarts: {{.RestartCount}}' "$1" 2>/dev/null | grep . || echo gone; }
echo "process killed:      $(state always-1)"
echo "docker kill:         $(state always-2)"
echo "docker rm --force:   $(state always-3)"
