# Stop the VM's Docker Engine, and look whether its container goes on.
settings=/etc/docker/daemon.json
mkdir -p /etc/docker
[ -e $settings ] && cp $settings /run/daemon.json.before
# live-restore: on its way out the engine leaves its containers alone.
printf '{"live-restore": true}\n' >$settings
put_back() {
    docker rm -f counter >/dev/null 2>&1
    if [ -e /run/daemon.json.before ]; then mv /run/daemon.json.before $settings; else rm -f $settings; fi
    systemctl reload docker
}
trap 'systemctl start docker.socket docker; put_back' EXIT
systemctl reload docker
docker rm -f counter >/dev/null 2>&1
docker run --detach --network none --name counter localhost/busybox \
    sh -c 'n=0; while sleep 1; do n=$((n+1)); echo $n >/count; done' >/dev/null
process=$(docker inspect --format '{{.State.Pid}}' counter)
count() { cat "/proc/$process/root/count" 2>/dev/null || echo 0; }
await() { timeout 60 sh -c 'while [ "$(cat /proc/$0/root/count 2>/dev/null || echo 0)" -le "$1" ]; do sleep 0.2; done' "$process" "$1"; }
await 0
echo "process $process of the VM counts: $(count)"
systemctl stop docker.socket docker
echo "engine: $(systemctl is-active docker)"
docker ps 2>&1 | head -n 1 | cut -c 1-60
before=$(count)
await "$before" || { echo "the counter stands still at $before"; exit 1; }
echo "it counts on: from $before to $(count)"
echo "its parent: $(ps -o comm= -p "$(ps -o ppid= -p "$process" | tr -d ' ')")"
systemctl start docker.socket docker
echo "engine: $(systemctl is-active docker)"
docker ps --filter name=counter --format 'back in its list: {{.Names}}, {{.Status}}'
