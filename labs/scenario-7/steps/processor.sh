lscpu | sed -n 's/^Model name: */model: /p'
echo "processors: $(grep -c '^processor' /proc/cpuinfo)"
# A bit that no real processor sets; hypervisors do.
if grep -qw hypervisor /proc/cpuinfo; then echo "flag hypervisor: yes"; else echo "flag hypervisor: no"; fi
if command -v systemd-detect-virt >/dev/null; then
    echo "systemd-detect-virt: $(systemd-detect-virt)"
else
    echo "systemd-detect-virt: not there"
fi
