# What each of the two takes from the host's memory, and what runs inside uses of it.
name=$LAB_PREFIX-$LAB_SCENARIO
qemu=$(pgrep -f "guest=$name-vm,")
awk '/^VmRSS/ {printf "VM: QEMU holds %d MiB of the host\n", $2 / 1024}' "/proc/$qemu/status"
[ "$LAB_HYPERVISOR" = kvm ] || echo "    (code that it translated is in it: this VM is emulated)"
inside=$(ssh -F "$LAB_SSH_CONFIG" "$name-vm" free -m | awk '/^Mem/ {print $3}')
echo "    its programs and kernel use $inside MiB"
echo "container: $(docker stats --no-stream --format '{{.MemUsage}}' "$name-box")"
