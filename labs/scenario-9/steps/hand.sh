# Every command is shown, then run. --network host: they use the VM's network; to build one for each takes an emulated VM long.
docker rm -f shop-1 shop-2 shop-3 visitor >/dev/null 2>&1
open_shop='echo "version 1" >/index.html; for port in 8001 8002 8003; do httpd -f -p $port -h /; done'
visit='while sleep 1; do for port in 8001 8002 8003; do nc 127.0.0.1 $port </dev/null; done; done'

for name in shop-1 shop-2 shop-3; do
    echo "docker run --detach ... --name $name"
    docker run --detach --init --network host --name $name localhost/busybox sh -c "$open_shop" >/dev/null &
done
wait
echo "docker run --detach ... --name visitor"
docker run --detach --init --network host --name visitor localhost/busybox sh -c "$visit" >/dev/null
docker ps --format '{{.Names}}: {{.Status}}' | sort
for port in 8001 8002 8003; do echo "port $port: $(curl -s --retry 5 --retry-connrefused http://localhost:$port || echo nobody)"; done
