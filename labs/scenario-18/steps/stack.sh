# What the network is made of here, and whose kernel works it.
way=$(ip -o route show default | head -n 1)
card=$(echo "$way" | sed 's/.* dev \([^ ]*\).*/\1/')
echo "interfaces  $(ls /sys/class/net | wc -l)"
echo "way out     $(echo "$way" | awk '{print $3}'), by $card"
echo "address     $(ip -o -4 address show dev "$card" | awk '{print $4; exit}')"
echo "listeners   $(ss -Hltn | wc -l) (TCP)"
echo "for root    ports below $(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)"
echo "namespace   $(readlink /proc/self/ns/net)"
echo "boot id     $(cut -c 1-18 /proc/sys/kernel/random/boot_id)..."
