for vm in vm vm2; do
    ssh -F "$LAB_SSH_CONFIG" "$LAB_PREFIX-$LAB_SCENARIO-$vm" dpkg --install /srv/patches/lab-lock_1.1_all.deb
done
