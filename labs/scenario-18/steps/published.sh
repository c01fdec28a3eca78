. "$LAB_FOLDER/net.sh"

# One container, three doors: two listen on every address of the container, the third on its loopback alone.
serve "$name-step" "0.0.0.0:8080 0.0.0.0:8081 127.0.0.1:8082" --network "$name" --hostname shop \
    --publish 127.0.0.1::8080 --publish 0.0.0.0::8081 --publish 0.0.0.0::8082
door() { docker port "$name-step" "$1" | sed -n '1s/.*://p'; }
a=$(door 8080) b=$(door 8081) c=$(door 8082)
# To the VM the host is the way out.
host=$(inside vm ip -o route show default </dev/null | awk '{print $3; exit}')
from_host=$(ask host "127.0.0.1:$a" "127.0.0.1:$b" "127.0.0.1:$c")
from_vm=$(ask vm "$host:$a" "$host:$b" "$host:$c")
line() { printf '%s\n' "$1" | sed -n "$2p"; }
tell() { # NUMBER LISTENS PUBLISHED
    printf '%s\n' "listens on $2, published as $3"
    printf '  %-32s %s\n' "the host asks 127.0.0.1" "$(line "$from_host" "$1")" "the vm asks the host's address" "$(line "$from_vm" "$1")"
}
tell 1 0.0.0.0:8080 "127.0.0.1:$a"
tell 2 0.0.0.0:8081 "0.0.0.0:$b"
tell 3 127.0.0.1:8082 "0.0.0.0:$c"

echo "what the engine did for it on the host"
root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
rules=$(root iptables --wait 5 --table nat --list-rules DOCKER 2>/dev/null | grep -e "--dport $a " -e "--dport $b " -e "--dport $c ")
echo "${rules:-(only root may read the rules)}" | sed 's/^/  /'
echo "  $(ps -C docker-proxy -o args= | grep -c -e "-host-port $a " -e "-host-port $b " -e "-host-port $c ") processes docker-proxy"

inside vm timeout 60 python3 - 0.0.0.0:8080 <"$LAB_FOLDER/files/serve.py" >/dev/null 2>&1 &
service=$!
own=$(inside vm "until ss -Hltn | grep -q ':8080 '; do :; done
    ip -o -4 address show dev \$(ip -o route show default | sed -n '1s/.* dev \([^ ]*\).*/\1/p')" </dev/null | awk '{sub("/.*", "", $4); print $4; exit}')
from_own=$(ask host "$own:8080")
inside vm "ss -Hltnp 'sport = :8080' | sed -n 's/.*pid=\([0-9]*\).*/\1/p' | xargs -r kill" </dev/null
wait $service
echo "a service in the vm, published nowhere"
printf '  %-32s %s\n' "the host asks $own" "$from_own"
case "$(line "$from_host" 1)/$(line "$from_vm" 1)/$(line "$from_host" 2)/$(line "$from_vm" 2)/$(line "$from_host" 3)/$(line "$from_vm" 3)" in
shop*/nobody*/shop*/shop*/nobody*/nobody*) ;;
*) exit 1 ;;
esac
[ "$from_own" != "${from_own#*I see}" ]
