# As one does on a VM. The next container of that image has the hole again.
for container in one two; do
    docker exec "$LAB_PREFIX-$LAB_SCENARIO-$container" dpkg --install /srv/patches/lab-lock_1.1_all.deb
done
