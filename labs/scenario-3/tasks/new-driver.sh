modprobe brd rd_nr=1 rd_size=8192
mkfs.ext4 -q /dev/ram0
mount /dev/ram0 /mnt
