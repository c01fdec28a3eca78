if command -v docker-compose >/dev/null; then compose() { docker-compose "$@"; }; else compose() { docker compose "$@"; }; fi
export COMPOSE_HTTP_TIMEOUT=600 # an emulated VM takes its time
mkdir -p /root/shop
cd /root/shop
cat >docker-compose.yml <<'END'
version: "2.4"
services:
  shop:
    image: localhost/busybox
    command: sh -c 'echo "version 1" >/index.html; for port in 8001 8002 8003; do httpd -f -p $$port -h /; done'
    scale: 3
    init: true
    network_mode: host
  visitor:
    image: localhost/busybox
    command: sh -c 'while sleep 1; do nc 127.0.0.1 8001 </dev/null; done'
    depends_on: [shop]
    init: true
    network_mode: host
END
cat docker-compose.yml
echo
echo "compose up"
compose up --detach >/tmp/compose.log 2>&1 || cat /tmp/compose.log
docker ps --format '{{.Names}}: {{.Status}}' | sort
