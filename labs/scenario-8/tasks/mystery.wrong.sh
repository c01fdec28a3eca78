# What the image says of itself.
docker load --quiet --input /srv/cpu/mystery.tar
docker image inspect --format '{{.Architecture}}' mystery >/root/architecture
