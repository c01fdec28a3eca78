docker load --quiet --input /srv/cpu/mystery.tar
docker create --name mystery mystery >/dev/null
docker cp mystery:/bin/busybox /root/busybox
docker rm mystery >/dev/null
file /root/busybox
echo s390x >/root/architecture
