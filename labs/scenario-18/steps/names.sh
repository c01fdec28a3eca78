. "$LAB_FOLDER/net.sh"

server() { awk '/^nameserver/ {print $2; exit}' "$@"; }
find() { # CONTAINER NAME : the addresses that it is told
    found=$(docker exec --env RES_OPTIONS=timeout:1 "$1" getent ahostsv4 "$2" | awk '{print $1}' | sort -u | xargs)
    echo "${found:-nobody}"
}
failed=0
expect() { [ "$1" = "$2" ] || failed=1; }

back=$(address "$name-back" "$name")
echo "in the network $name"
echo "  front asks the name server        $(docker exec "$name-front" cat /etc/resolv.conf | server)"
found=$(find "$name-front" "$name-back")
expect "$found" "$back"
echo "  who is $name-back?   $found"

start "$name-step" --network "$name" --network-alias shop "$LAB_IMAGE_BACK" sleep 600
one=$(address "$name-step" "$name")
found=$(find "$name-front" shop) && expect "$found" "$one"
echo "  a container with the alias shop   $found"
start "$name-step2" --network "$name" --network-alias shop "$LAB_IMAGE_BACK" sleep 600
two=$(address "$name-step2" "$name")
found=$(find "$name-front" shop) && expect "$found" "$(printf '%s\n' "$one" "$two" | sort | xargs)"
echo "  and a second one                  $found"
docker rm --force "$name-step" >/dev/null
found=$(find "$name-front" shop) && expect "$found" "$two"
echo "  the first was removed             $found"

echo "in the network bridge, which is the engine's own"
docker rm --force "$name-step2" >/dev/null
start "$name-step" --network bridge "$LAB_IMAGE_BACK" sleep 600
start "$name-step2" --network bridge "$LAB_IMAGE_BACK" sleep 600
own=$(docker exec "$name-step2" cat /etc/resolv.conf | server)
echo "  a container asks the name server  $own"
found=$(find "$name-step2" "$name-step")
[ "$found" != "$(address "$name-step" bridge)" ] && [ "$own" != 127.0.0.11 ] || failed=1
echo "  who is $name-step?   $found"

echo "in libvirt's network"
set -- $(inside vm "cat /run/systemd/resolve/resolv.conf /etc/resolv.conf; ip -o route show default" </dev/null 2>/dev/null |
    awk '/^nameserver/ && !server {server = $2} /^default/ && !way {way = $3} END {print server, way}')
echo "  the vm asks the name server       $1"
echo "  its way out, the host's bridge    $2"
echo "  on the host, port 53 there        $([ -n "$(ss -Hlun src "$1:53")" ] && echo "something listens: libvirt's dnsmasq")"
exit $failed
