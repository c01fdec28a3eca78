# The driver is there, with disks of the size that it has by itself.
modprobe brd rd_nr=1
mkfs.ext4 -q /dev/ram0
mount /dev/ram0 /mnt
