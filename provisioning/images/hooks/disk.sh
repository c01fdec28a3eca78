#!/bin/sh
# Make a bootable disk image from a root file system, without loop devices.
# Arguments: the root directory, the raw disk to make. Environment: OUT, which holds boot.img and core.img;
# DISK_MIB; DISK_ID, 8 hexadecimal digits, the first half of the root partition's PARTUUID.
set -eu
root=$1
disk=$2
: "${OUT:?}" "${DISK_MIB:?}" "${DISK_ID:?}"

ln -sf /run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"

truncate --size "${DISK_MIB}M" "$disk"
# The first MiB stays free for the boot loader.
sfdisk --quiet "$disk" <<END
label: dos
label-id: 0x$DISK_ID
start=1MiB, type=83, bootable
END
# Features named one by one: GRUB reads no newer ones, and the defaults differ between distributions.
mkfs.ext4 -q -F -L lab -d "$root" -m 0 \
    -O none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum \
    -E offset=$((1024 * 1024)),lazy_itable_init=1,nodiscard "$disk" "$((DISK_MIB - 1))M"
# boot.img loads what lies in the sector after it; its last 72 bytes of this sector are the partition table's.
dd if="$OUT/boot.img" of="$disk" bs=440 count=1 conv=notrunc status=none
dd if="$OUT/core.img" of="$disk" bs=512 seek=1 conv=notrunc status=none
