# A restart policy: it belongs to a container, and goes with it.
for n in 1 2 3; do
    docker run --detach --init --network host --restart always --name shop-$n localhost/busybox sleep 100000
done
