if command -v docker-compose >/dev/null; then compose() { docker-compose "$@"; }; else compose() { docker compose "$@"; }; fi
export COMPOSE_HTTP_TIMEOUT=600
cd /root/shop
shops() { docker ps --quiet --filter label=com.docker.compose.service=shop | wc -l; }
echo "declared: 3   running: $(shops)"
since=$(date +%s.%N)
docker rm -f "$(docker ps --quiet --filter label=com.docker.compose.service=shop | head -n 1)" >/dev/null
# Five seconds in which somebody might start one.
docker events --since "$since" --until $(($(date +%s) + 5)) --filter event=start --format '{{.Actor.Attributes.name}} started'
echo "declared: 3   running: $(shops)   five seconds after one was removed"
compose up --detach >/tmp/compose.log 2>&1 || cat /tmp/compose.log
echo "declared: 3   running: $(shops)   after compose up"
compose down --timeout 1 >/tmp/compose.log 2>&1
