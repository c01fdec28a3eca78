# What processor, firmware and kernel tell of what is below.
lscpu | sed -n 's/^Model name: */cpu: /p; s/^Hypervisor vendor: */hypervisor: /p'
grep -q -w hypervisor /proc/cpuinfo && echo "flag hypervisor: yes" || echo "flag hypervisor: no"
echo "maker: $(cat /sys/class/dmi/id/sys_vendor 2>/dev/null || echo none given)"
echo "model: $(cat /sys/class/dmi/id/product_name 2>/dev/null || echo none given)"
echo "cpus: $(nproc), memory: $(free -m | awk '/^Mem/ { print $2 }') MiB"
