# A file in the VM that is used as if it were a disk. No hardware was added.
ssh -F "$LAB_SSH_CONFIG" "$LAB_PREFIX-$LAB_SCENARIO-vm" 'truncate -s 16M stick.img && losetup --find stick.img'
