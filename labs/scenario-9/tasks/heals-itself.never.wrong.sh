# A service, and told not to replace what ends.
docker swarm init --advertise-addr 127.0.0.1
docker service create --quiet --no-resolve-image --name shop --replicas 3 --restart-condition none --update-monitor 1s \
    --init --network host localhost/busybox sleep 100000
