echo "kernel.panic = $(cat /proc/sys/kernel/panic)"
