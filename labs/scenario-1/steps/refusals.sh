# Five things that are refused in a container; then the same with one mechanism taken away, and no other.
# No container lives longer than its question, and nothing of the host is changed. Where Docker translates users
# (userns-remap), that would stand before all of them, and AppArmor beside them: both are left out here.
given=
no() { docker run --rm --userns=host --security-opt=apparmor=unconfined $given --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" "$@" 2>&1; }
key='import ctypes, os, platform
call = {"x86_64": 248}.get(platform.machine(), 217)
libc = ctypes.CDLL(None, use_errno=True)
refused = libc.syscall(call, b"user", b"lab", b"x", 1, -2) < 0
print(os.strerror(ctypes.get_errno()) if refused else "done")'
failed=0

try() { # WHAT MECHANISM OPTION PROGRAM...
    what=$1 mechanism=$2 option=$3 && shift 3
    usual=$(no "$LAB_IMAGE_RED" "$@" | tail -n 1 | sed 's/.*: //')
    lifted=$(no "$option" "$LAB_IMAGE_RED" "$@" | tail -n 1 | sed 's/.*: //')
    printf '%s\n  usually               %s\n  without the %s (%s)\n                        %s\n' \
        "$what" "$usual" "$mechanism" "$option" "$lifted"
    [ "$usual" != done ] && [ "$lifted" = done ] || failed=1
}

try "switch a network card off" "limit of capabilities" --cap-add=NET_ADMIN sh -c 'ip link set lo down && echo done'
try "put a key on the kernel's key ring" "filter of system calls" --security-opt=seccomp=unconfined python3 -c "$key"
if grep -q 4294967295 /proc/self/uid_map; then
    try "open the device of the kernel's log" "list of devices" --device-cgroup-rule="c 1:11 rwm" \
        sh -c 'mknod /tmp/kmsg c 1 11 && (: >/tmp/kmsg) && echo done'
else
    echo "open the device of the kernel's log"
    echo "  not tried: this host is a container itself, and nobody makes devices in its user namespace"
fi
given=--cap-add=NET_ADMIN # whose power it is to write this one
try "write a setting of the network (with $given)" "read-only mount" --security-opt=systempaths=unconfined \
    sh -c 'cd /proc/sys/net/ipv4 && cat ip_default_ttl >/tmp/old && (cat /tmp/old >ip_default_ttl) && echo done'
given=
blue=$(docker inspect --format '{{.State.Pid}}' "$LAB_PREFIX-$LAB_SCENARIO-blue")
try "name the process $blue, which is blue's first" "namespace of processes" --pid=host \
    sh -c 'if [ "$(cat "/proc/$0/comm")" = "$1" ]; then echo done; else echo no such process; fi' \
    "$blue" "$(cat "/proc/$blue/comm")"
docker info --format '{{range .SecurityOptions}}{{.}} {{end}}' | grep -q -e apparmor -e selinux &&
    echo "On this host a sixth one stands behind them, which asks by the program's label: AppArmor or SELinux."
exit $failed
