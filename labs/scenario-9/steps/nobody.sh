since=$(date +%s.%N)
echo "docker kill shop-2"
docker kill shop-2 >/dev/null
echo "the engine's events of five seconds:"
docker events --since "$since" --until $(($(date +%s) + 5)) --filter type=container \
    --filter event=die --filter event=start --format '  {{.Actor.Attributes.name}} {{.Action}}'
docker ps --all --filter name=shop- --format '{{.Names}}: {{.Status}}' | sort
for port in 8001 8002 8003; do echo "port $port: $(curl -s http://localhost:$port || echo nobody)"; done
docker rm -f shop-1 shop-2 shop-3 visitor >/dev/null
