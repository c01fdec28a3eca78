echo "kernel $(uname -r)"
echo "start  $(cut -c 1-8 /proc/sys/kernel/random/boot_id)..."
