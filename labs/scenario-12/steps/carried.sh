# What processor, firmware and kernel tell of what is below.
name=$(lscpu | sed -n 's/^Hypervisor vendor: *//p')
grep -q -w hypervisor /proc/cpuinfo && below=yes || below=no
echo "hypervisor: $below${name:+ ($name)}"
echo "cpu: $(sed -n 's/^model name.*: //p' /proc/cpuinfo | sort -u)"
echo "cpus: $(nproc)"
echo "memory: $(free -m | awk '/^Mem/ { print $2 }') MiB"
echo "maker: $(cat /sys/class/dmi/id/sys_vendor 2>/dev/null || echo not told)"
echo "model: $(cat /sys/class/dmi/id/product_name 2>/dev/null || echo not told)"
