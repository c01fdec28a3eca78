# Two programs of the VM want the same memory: six tenths each of what is free. One has it, then the other comes.
# (They stand for two containers: a service of systemd is put into a cgroup of its own, as a container is.)
part=$(awk '/^MemAvailable/ {print int($2 * 0.6 / 1024)}' /proc/meminfo)
eat='import pathlib, sys, time
name, most = sys.argv[1], int(sys.argv[2])
held = []
while len(held) < most:
    held.append(bytearray(b"x") * (1 << 20))
pathlib.Path("/run", name).touch()
time.sleep(600)'
start() { # NAME OPTION...
    name=$1 && shift
    systemd-run --quiet --unit "$name" --property OOMPolicy=stop "$@" python3 -c "$eat" "$name" "$part"
}
state() { systemctl show --property Result --property ActiveState --value "$1" | sort -r | tr '\n' ' '; }
wait_for() { until [ -e "/run/$1" ] || [ "$(systemctl is-active "$1")" != active ]; do sleep 0.2; done; }
clean() { systemctl stop neighbour newcomer; systemctl reset-failed neighbour newcomer; rm -f /run/neighbour /run/newcomer; } 2>/dev/null
trap clean EXIT

start neighbour && wait_for neighbour
echo "the neighbour holds $part MiB, and is quiet"
start newcomer && wait_for newcomer
echo "the newcomer wanted $part MiB, without a limit:"
echo "  neighbour  $(state neighbour)"
echo "  newcomer   $(state newcomer)"
first=$(systemctl is-active neighbour)
clean
start neighbour && wait_for neighbour
start newcomer --property MemoryMax=$((part / 4))M --property MemorySwapMax=0 && wait_for newcomer
echo "the same again, and the newcomer may have $((part / 4)) MiB:"
echo "  neighbour  $(state neighbour)"
echo "  newcomer   $(state newcomer)"
[ "$first" != active ] && [ "$(systemctl is-active neighbour)" = active ] && [ "$(systemctl is-active newcomer)" != active ]
