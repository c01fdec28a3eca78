# Three containers that look like those of a service. No service is behind them.
for n in 1 2 3; do
    docker run --detach --init --network host --label com.docker.swarm.service.name=shop --name shop.$n \
        localhost/busybox sleep 100000
done
