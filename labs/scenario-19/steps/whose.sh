# The learner is nobody special here. In a user namespace of their own they are root; of what?
cd /tmp
learner() { setpriv --reuid=learner --regid=learner --clear-groups "$@"; }
echo "before:  $(learner id)"
learner unshare --user --map-root-user --mount --uts sh -c '
    try() { # WHAT PROGRAM...
        what=$1 && shift
        if said=$("$@" 2>&1 >/dev/null); then said=done; fi
        printf "  %-38s %s\n" "$what" "$(echo "$said" | head -n 1 | sed "s/.*: //")"
    }
    echo "inside:  $(id)"
    echo "its map: $(awk "{print \$1, \"inside is\", \$2, \"outside\"}" /proc/self/uid_map)"
    echo "its capabilities: $(grep CapEff /proc/self/status | cut -f 2), which is all of them"
    try "mount a file system in memory" mount -t tmpfs none /mnt
    try "give itself another host name" hostname ship
    try "read /etc/shadow" cat /etc/shadow
    try "set the clock" date --set "$(date)"
    try "make the device of a disk" mknod /tmp/lab-disk b 254 0
    try "read the log of the kernel" dmesg
    touch /tmp/lab-whose
    echo "a file that it made belongs, inside, to $(stat --format %u /tmp/lab-whose)"'
owner=$(stat --format %u /tmp/lab-whose)
rm -f /tmp/lab-whose
echo "a file that it made belongs, outside, to $owner"
[ "$owner" = "$(id -u learner)" ]
