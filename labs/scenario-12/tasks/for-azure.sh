qemu-img convert -O vpc -o subformat=fixed,force_size=on "$LAB_DISK_SMALL" "$LAB_SCRATCH/azure.vhd"
