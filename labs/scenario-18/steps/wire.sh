. "$LAB_FOLDER/net.sh"

# The host's interface of that number.
by_number() {
    for each in /sys/class/net/*; do
        [ "$(cat "$each/ifindex" 2>/dev/null)" != "$1" ] || basename "$each"
    done
}
# The bridge that an interface of the host is plugged into.
bridge() { basename "$(readlink "/sys/class/net/$1/master" || echo none)"; }

failed=0
for each in front back; do
    set -- $(inside $each cat /sys/class/net/eth0/ifindex /sys/class/net/eth0/iflink </dev/null)
    end=$(by_number "$2")
    printf '%s\n' "$each"
    printf '  %-26s %s\n' "its card" "eth0, number $1; the other end is number $2" \
        "number $2 on the host" "$end; the other end is number $(cat "/sys/class/net/$end/iflink")" \
        "plugged into" "$(bridge "$end"), the bridge of the network $name"
    [ "$(cat "/sys/class/net/$end/iflink")" = "$1" ] && [ "$(bridge "$end")" != none ] || failed=1
done

card='card=$(ip -o route show default | sed -n "1s/.* dev \([^ ]*\).*/\1/p") && cd "/sys/class/net/$card" &&
echo "$card" "$(basename "$(readlink -f device/driver)")" "$(cat address)"'
set -- $(inside vm sh -c "'$card'" </dev/null)
tap=$(virsh --quiet --connect qemu:///system domiflist "$vm" | awk '{print $1; exit}')
printf '%s\n' vm
printf '  %-26s %s\n' "its card" "$1, with the address $3" \
    "driven by" "$2, a driver of the VM's own kernel" \
    "on the host" "$tap, a $([ -e "/sys/class/net/$tap/tun_flags" ] && echo "tap: a program holds the other end, QEMU")" \
    "plugged into" "$(bridge "$tap"), the bridge of libvirt's network"
[ -e "/sys/class/net/$tap/tun_flags" ] && [ "$(bridge "$tap")" != none ] || failed=1
exit $failed
