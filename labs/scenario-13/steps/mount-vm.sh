dir=$(mktemp -d) && cd "$dir" && mkdir usb || exit
trap 'umount usb; rm -r "$dir"' EXIT

# A file whose bytes are a FAT file system, like those of a USB stick.
truncate -s 4M fat.img
mkfs.vfat fat.img >/dev/null
file -b fat.img | grep -o 'FAT ([0-9]* bit)'
mount -o loop fat.img usb
echo "mount: done"
findmnt -n -o FSTYPE,SIZE usb
grep '^vfat ' /proc/modules | cut -d ' ' -f 1,2
