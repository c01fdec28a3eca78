# The shop is started, and opens when the file `go` appears: as with a database that reads its journal, nobody knows when.
if command -v docker-compose >/dev/null; then compose() { docker-compose "$@"; }; else compose() { docker compose "$@"; }; fi
export COMPOSE_HTTP_TIMEOUT=600
state() { docker inspect --format '{{.State.Status}}{{if .State.Health}}, health: {{.State.Health.Status}}{{end}}' "$1" 2>/dev/null; }
mkdir -p /root/ready
cd /root/ready
rm -f go
cat >docker-compose.yml <<'END'
version: "2.4"
services:
  shop:
    container_name: shop
    image: localhost/busybox
    command: sh -c 'echo open >/index.html; until [ -e /ready/go ]; do sleep 0.5; done; exec httpd -f -p 8001 -h /'
    healthcheck: {test: wget -q -O /dev/null http://127.0.0.1:8001, interval: 1s, timeout: 60s, retries: 300}
    volumes: [/root/ready:/ready]
    network_mode: host
    init: true
  hasty:
    container_name: hasty
    image: localhost/busybox
    command: wget -q -O - http://127.0.0.1:8001
    depends_on: {shop: {condition: service_started}}
    network_mode: host
  patient:
    container_name: patient
    image: localhost/busybox
    command: wget -q -O - http://127.0.0.1:8001
    depends_on: {shop: {condition: service_healthy}}
    network_mode: host
END
cat docker-compose.yml
echo
echo "compose up"
compose up --detach >/tmp/compose.log 2>&1 &
up=$!
until [ "$(state hasty)" = exited ] || ! kill -0 "$up" 2>/dev/null; do sleep 0.3; done
for name in shop hasty patient; do echo "  $name: $(state $name)"; done
echo "hasty said: $(docker logs hasty 2>&1), and ended with status $(docker inspect --format '{{.State.ExitCode}}' hasty)"
echo
echo "the shop opens"
touch go
wait "$up" || cat /tmp/compose.log
docker wait patient >/dev/null
for name in shop hasty patient; do echo "  $name: $(state $name)"; done
echo "patient said: $(docker logs patient 2>&1), and ended with status $(docker inspect --format '{{.State.ExitCode}}' patient)"
compose down --timeout 1 >/tmp/compose.log 2>&1
