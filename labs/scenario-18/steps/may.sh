# What root may do to the network here; it is undone at once. 198.51.100.7 is an address for examples.
card=$(ip -o route show default | sed -n '1s/.* dev \([^ ]*\).*/\1/p')
done=0 refused=0
try() { # WHAT PROGRAM...
    what=$1 && shift
    if said=$("$@" 2>&1); then
        done=$((done + 1)) said=done
    else
        refused=$((refused + 1)) said=$(echo "$said" | sed -n '$s/.*: //p')
    fi
    printf '%s\n  %s\n' "$what" "$said"
}
try "another address" ip address add 198.51.100.7/32 dev "$card"
try "a bridge of one's own" ip link add lesson0 type bridge
ip address del 198.51.100.7/32 dev "$card" 2>/dev/null
ip link del lesson0 2>/dev/null
case ${LAB_KIND:-granted} in
container) [ $refused = 2 ] ;;
*) [ $done = 2 ] ;;
esac
