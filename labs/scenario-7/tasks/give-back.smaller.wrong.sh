# A VM with less memory: another computer, which had to be started for that.
virsh() { command virsh --quiet --connect qemu:///system "$@"; }
vm=$LAB_PREFIX-$LAB_SCENARIO-vm
virsh destroy "$vm"
virsh setmaxmem "$vm" 416M --config
virsh setmem "$vm" 416M --config
virsh start "$vm"
timeout 250 sh -c 'until ssh -F "$0" -o ConnectTimeout=5 "$1" true 2>/dev/null; do :; done' "$LAB_SSH_CONFIG" "$vm"
