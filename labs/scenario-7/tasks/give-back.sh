virsh() { command virsh --quiet --connect qemu:///system "$@"; }
vm=$LAB_PREFIX-$LAB_SCENARIO-vm
virsh setmem "$vm" 440M --live
# The balloon takes a few seconds to grow; libvirt tells of each step.
for step in $(seq 100); do
    [ "$(virsh dommemstat "$vm" | sed -n 's/^actual //p')" -le $((440 * 1024)) ] && exit
    virsh event "$vm" --event balloon-change --timeout 2 >/dev/null
done
echo "The VM kept its memory." >&2
exit 1
