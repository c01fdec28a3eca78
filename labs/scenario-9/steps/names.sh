# One network, a shop in it under a name, and two who look for it.
trap 'docker rm -f named inside outside >/dev/null 2>&1; docker network rm shops >/dev/null 2>&1' EXIT
docker network create shops >/dev/null
echo "docker run --network shops --name named --publish 8080:80 ..."
docker run --detach --init --network shops --name named --publish 8080:80 localhost/busybox \
    sh -c 'echo "version 1" >/index.html; httpd -f -h /' >/dev/null
# Both look at the same time.
look="nslookup named 2>/dev/null | sed -n '/^Name:/,\$s/^Address: *//p' | head -n 1"
docker run --rm --name outside localhost/busybox sh -c "$look" >/tmp/outside 2>/dev/null &
inside=$(docker run --rm --network shops --name inside localhost/busybox sh -c "$look")
wait
address=$(docker inspect --format '{{.NetworkSettings.Networks.shops.IPAddress}}' named)
echo "its address:            $address"
echo "asked in the network:   named is ${inside:-nobody}"
echo "asked outside of it:    named is $(grep . /tmp/outside || echo nobody)"
echo "from the VM, port 8080: $(curl -s --retry 5 --retry-connrefused http://localhost:8080 || echo nobody)"
# What would be the contrary is no proof.
[ "$inside" = "$address" ] && [ ! -s /tmp/outside ]
