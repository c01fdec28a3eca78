# The right format, of the kind that grows.
qemu-img convert -O vpc "$LAB_DISK_SMALL" "$LAB_SCRATCH/azure.vhd"
