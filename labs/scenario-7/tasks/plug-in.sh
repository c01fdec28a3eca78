stick=$LAB_SCRATCH/stick.img
truncate -s 16M "$stick"
virsh --connect qemu:///system attach-disk "$LAB_PREFIX-$LAB_SCENARIO-vm" "$stick" sda \
    --targetbus usb --subdriver raw --live
# The VM's kernel takes a moment to ask the stick what it is.
for try in $(seq 100); do
    ssh -F "$LAB_SSH_CONFIG" "$LAB_PREFIX-$LAB_SCENARIO-vm" test -d /sys/block/sda && exit
done
echo "The VM did not find it." >&2
exit 1
