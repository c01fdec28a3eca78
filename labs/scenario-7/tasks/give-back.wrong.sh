# Changes the description, for the next start.
virsh --connect qemu:///system setmem "$LAB_PREFIX-$LAB_SCENARIO-vm" 440M --config
