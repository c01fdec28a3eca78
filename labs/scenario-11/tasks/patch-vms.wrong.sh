# One VM, and the other forgotten: it looks just the same.
ssh -F "$LAB_SSH_CONFIG" "$LAB_PREFIX-$LAB_SCENARIO-vm" dpkg --install /srv/patches/lab-lock_1.1_all.deb
