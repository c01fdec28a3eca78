# The state that is asked for, from the beginning: nothing was rolled out.
docker swarm init --advertise-addr 127.0.0.1
docker service create --detach --quiet --no-resolve-image --name shop --replicas 5 --env VERSION=2 --update-order start-first \
    --init --network host localhost/busybox sleep 100000
