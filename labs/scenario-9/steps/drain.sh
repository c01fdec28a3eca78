replicas() { docker service ls --filter name=shop --format '{{.Replicas}}'; }
await() { for _ in $(seq 300); do if [ "$(replicas)" = "$1" ]; then break; fi; sleep 0.2; done; }

node=$(docker node ls --quiet)
echo "active:  $(replicas)"
docker node update --availability drain "$node" >/dev/null
await 0/3
echo "drained: $(replicas)"
docker service ps --filter desired-state=running --no-trunc --format '{{.Name}} {{.CurrentState}}: {{.Error}}' shop |
    sed 's/ [0-9a-z ]* ago//' | sort -u
