cd /srv/cpu
run="qemu-aarch64-static ./busybox.arm64"
echo "$(file -b -L "$(command -v qemu-aarch64-static)" | cut -d , -f 2 | sed 's/^ //') program qemu-aarch64-static"
echo "  CPU     $($run uname -m)"
echo "  kernel  $($run uname -r)"
echo "without it:"
echo "  CPU     $(uname -m)"
echo "  kernel  $(uname -r)"
