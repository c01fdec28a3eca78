echo "kernel:     $(uname -r)"
echo "boot id:    $(cut -c 1-8 /proc/sys/kernel/random/boot_id)..."
id=$(cut -c 1-8 /etc/machine-id 2>/dev/null)
echo "machine id: ${id:-none}${id:+...}"
echo "process 1:  $(ps -o comm= -p 1)"
