# The right kind and size, with nothing on it.
size=$(qemu-img info -U --output json "$LAB_DISK_SMALL" | sed -n 's/.*"virtual-size": \([0-9]*\).*/\1/p' | head -n 1)
qemu-img create -q -f vpc -o subformat=fixed,force_size=on "$LAB_SCRATCH/azure.vhd" "$size"
