vm="$LAB_PREFIX-$LAB_SCENARIO-vm"
ssh -F "$LAB_SSH_CONFIG" "$vm" 'systemctl mask modprobe@drm.service; sync; cat /proc/sys/kernel/random/boot_id' || exit
# In the VM one would say `systemctl reboot`. Pulling the plug saves the time of the shutdown.
ssh -F "$LAB_SSH_CONFIG" -O exit "$vm"
virsh --connect qemu:///system destroy "$vm"
virsh --connect qemu:///system start "$vm"
for _ in $(seq 120); do
    ssh -F "$LAB_SSH_CONFIG" -o ConnectTimeout=2 "$vm" systemctl is-system-running --wait && exit
    sleep 1
done
