# The file is alpha's own; the name is the kernel's.
docker exec "$LAB_PREFIX-$LAB_SCENARIO-alpha" sh -c 'echo borrowed >/etc/hostname'
