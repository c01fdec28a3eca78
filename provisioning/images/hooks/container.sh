#!/bin/sh
# mmdebstrap customize hook: tar the common root file system, before anything that only a VM needs goes in.
# Arguments: the root directory. Environment: OUT, the directory for results.
set -eu
root=$1

chroot "$root" dpkg-query -W -f '${Package} ${Version}\n' >"$OUT/packages-container.txt"

# The engine supplies these three at run time, and a container must not know the name of the machine it was built on.
tar --create --file "$OUT/container.tar" --directory "$root" \
    --numeric-owner --sort=name --one-file-system \
    --exclude='./proc/*' --exclude='./sys/*' --exclude='./dev/*' --exclude='./run/*' --exclude='./tmp/*' \
    --exclude='./etc/hostname' --exclude='./etc/resolv.conf' \
    --exclude='./var/lib/apt/lists/*' --exclude='./var/cache/apt/*' --exclude='./var/log/*' \
    .
