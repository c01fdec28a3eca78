# Another name, the same bytes.
cp "$LAB_DISK_SMALL" "$LAB_SCRATCH/azure.vhd"
