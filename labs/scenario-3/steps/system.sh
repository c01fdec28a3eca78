. /etc/os-release
echo "system:  $PRETTY_NAME"
echo "kernel:  $(uname -r)"
kernel=$(find /boot -maxdepth 1 -name 'vmlinuz-*' 2>/dev/null | head -n 1)
echo "in /boot: ${kernel:-no kernel}"
echo "modules: $(ls /lib/modules 2>/dev/null | grep . || echo none)"
