# One network, a shop in it under a name, and two who look for it.
trap 'docker rm -f named inside outside >/dev/null 2>&1; docker network rm shops >/dev/null 2>&1' EXIT
docker network create shops >/dev/null
echo "docker run --network shops --name named --publish 8080:80 ..."
docker run --detach --init --network shops --name named --publish 8080:80 localhost/busybox \
    sh -c 'echo "version 1" >/index.html; httpd -f -h /' >/dev/null
# Both look at the same time.
look='for try in 1 2 3 4 5; do wget -q -T 3 -O - http://named && exit; sleep 0.5; done; echo nobody'
docker run --rm --name outside localhost/busybox sh -c "wget -q -T 3 -O - http://named || echo nobody" >/tmp/outside 2>/dev/null &
echo "in the network:      $(docker run --rm --network shops --name inside localhost/busybox sh -c "$look" 2>/dev/null)"
wait
echo "outside of it:       $(cat /tmp/outside)"
echo "its address there:   $(docker inspect --format '{{.NetworkSettings.Networks.shops.IPAddress}}' named)"
echo "from the VM, port 8080: $(curl -s --retry 5 --retry-connrefused http://localhost:8080 || echo nobody)"
