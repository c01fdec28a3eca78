echo "/ is on $(findmnt -n -o SOURCE,FSTYPE /)"
echo "disks in /dev: $(find /dev -type b | grep . || echo none)"
# The kernel still tells of the host's disks. So make a device file for the first one, and read.
set -- $(grep -v -e loop -e ram /proc/partitions | sed -n 3p)
echo "the kernel tells of $4 ($1:$2)"
mknod /tmp/disk b "$1" "$2" && echo "made a device file for it"
head -c 1 /tmp/disk 2>&1 | sed 's/^head: //'
rm -f /tmp/disk
