# The guest is told that it has less; the host has nothing back.
ssh -F "$LAB_SSH_CONFIG" "$LAB_PREFIX-$LAB_SCENARIO-vm" '
    sed "s/^MemTotal:.*/MemTotal: 400000 kB/" /proc/meminfo >/run/meminfo && mount --bind /run/meminfo /proc/meminfo'
