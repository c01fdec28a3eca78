docker swarm leave --force >/dev/null 2>&1
docker swarm init --advertise-addr 127.0.0.1 >/dev/null
open_shop='echo "version $VERSION" >/index.html; for port in 8001 8002 8003 8004; do httpd -f -p $port -h /; done'
# Without --no-resolve-image the engine would first ask a registry which version of the image is the newest.
docker service create --quiet --no-resolve-image --name shop --replicas 3 --env VERSION=1 --init --network host \
    --restart-delay 0s --update-monitor 1s localhost/busybox sh -c "$open_shop" >/dev/null
docker service ls --format '{{.Name}}: {{.Mode}}, {{.Replicas}} replicas'
docker ps --format '{{.Names}}' | sed 's/\(shop\.[0-9]\)\.\(......\).*/\1, container \2.../' | sort
for port in 8001 8002 8003; do echo "port $port: $(curl -s --retry 5 --retry-connrefused http://localhost:$port || echo nobody)"; done
