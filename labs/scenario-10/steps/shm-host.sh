# Two more containers with one IPC namespace between them: --ipc shareable lends it, --ipc container:NAME joins it.
server="$LAB_PREFIX-$LAB_SCENARIO-server"
labels="--label lab.name=$LAB_PREFIX --label lab.scenario=$LAB_SCENARIO"
socket="$LAB_PREFIX-$LAB_SCENARIO-sockets:/tmp/.X11-unix"
trap 'docker rm -f "$server" >/dev/null 2>&1' EXIT
docker rm -f "$server" >/dev/null 2>&1
docker run --detach --init $labels --ipc shareable --name "$server" --volume "$socket" \
    "$LAB_IMAGE_BOX" Xvfb :4 -noreset -screen 0 640x640x24 >/dev/null
docker exec "$server" sh -c 'for try in $(seq 50); do DISPLAY=:4 xdpyinfo >/dev/null 2>&1 && break; sleep 0.2; done'
echo "two containers with one IPC namespace:"
docker run --rm --init $labels --ipc "container:$server" --volume "$socket" --env DISPLAY=:4 \
    "$LAB_IMAGE_BOX" x11perf -time 1 -repeat 1 -shmput100 2>&1 | sed -n 's/.*( *\(.*\)\/sec): .*/\1 pictures a second/p; /failed/p'
