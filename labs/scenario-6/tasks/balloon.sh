virsh --connect qemu:///system setmem "$LAB_PREFIX-$LAB_SCENARIO-vm" 300M --live
# The guest hands over page after page; wait until it is done.
for _ in $(seq 60); do
    total=$(ssh -F "$LAB_SSH_CONFIG" "$LAB_PREFIX-$LAB_SCENARIO-vm" "awk '/^MemTotal/ {print \$2}' /proc/meminfo")
    [ "$total" -lt $((300 * 1024)) ] && exit
    sleep 1
done
