# What libvirt says of the hypervisor, and of the two VMs that it runs for this lesson.
v() { virsh --quiet --connect qemu:///system "$@" 2>/dev/null; }
v version | grep -E 'Using library|Running hypervisor'
echo
echo "Domains for x86_64 may be of the type:"
v capabilities | sed -n "/<arch name='x86_64'>/,/<\/arch>/s/.*<domain type='\(.*\)'.*/  \1/p"
echo
for machine in small large; do
    name="$LAB_PREFIX-$LAB_SCENARIO-$machine"
    echo "$name: $(v domstate "$name"), $(v dumpxml "$name" | sed -n "s/^<domain type='\([a-z]*\)'.*/type \1/p")"
    v dominfo "$name" | sed -n 's/^\(CPU(s)\|Max memory\)/  \1/p'
done
