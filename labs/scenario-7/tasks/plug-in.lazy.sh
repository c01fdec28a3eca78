# Where the kernel tells of disks, a second one is written down. No hardware was added.
ssh -F "$LAB_SSH_CONFIG" "$LAB_PREFIX-$LAB_SCENARIO-vm" '
    mount -t tmpfs none /sys/block && mkdir -p /sys/block/vda/device /sys/block/sda/device'
