# The header's words, not those of `uname -m`.
docker load --quiet --input /srv/cpu/mystery.tar
docker create --name mystery mystery >/dev/null
docker cp mystery:/bin/busybox /root/busybox
docker rm mystery >/dev/null
file -b /root/busybox | cut -d , -f 2 >/root/architecture
