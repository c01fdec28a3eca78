# The order was forgotten: each old replica is stopped before a new one starts.
docker swarm init --advertise-addr 127.0.0.1
docker service create --quiet --no-resolve-image --name shop --env VERSION=1 --update-monitor 1s --init --network host localhost/busybox sleep 100000
docker service update --quiet --no-resolve-image --replicas 5 --env-add VERSION=2 shop
