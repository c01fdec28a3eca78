"""What passes through the walls of a container, and not through those of a VM."""

import time


def total_memory(place):
    return int(place.check_output("awk '/^MemTotal:/ {print $2}' /proc/meminfo"))


def test_container_reads_the_hosts_memory(container, on_host):
    """The container reads the host's memory figures: /proc/meminfo has no wall."""
    # More, where the host is a container itself and is shown a part: nothing hides the machine's figures from this one.
    assert total_memory(container) >= total_memory(on_host), (
        "The container shows less memory than the host: something hides the host's figures from it."
    )


def test_vm_knows_its_own_memory_only(vm, on_host):
    """The VM knows only the memory it was given."""
    assert total_memory(vm) < total_memory(on_host), "The VM shows the host's memory: it is no VM."


def test_container_shares_the_hosts_load(container, on_host):
    """The container reads the load of the whole host."""

    def load(place):
        return place.check_output("cut -d ' ' -f 1-3 /proc/loadavg")

    # The kernel reckons it anew every five seconds, perhaps just between two looks.
    looks = [(load(on_host), load(container), load(on_host)) for _ in range(3)]
    assert any(inside in (before, after) for before, inside, after in looks), (
        "The container shows another load than the host: something hides the host's from it."
    )


def test_host_sees_the_processes_of_a_container(container, on_host):
    """The host sees what runs in a container."""
    command = f"sleep 30.{time.time_ns()}"  # nobody else sleeps just so long
    started = f"until pgrep -f '^{command}$' >/dev/null; do sleep 0.1; done"
    container.check_output(f"setsid {command} >/dev/null 2>&1 & {started}")
    try:
        found = on_host.run("pgrep -f %s", f"^{command}$")
        assert found.succeeded, "The host does not see the process that runs in the container."
    finally:
        container.run("pkill -f %s", f"^{command}$")


def test_host_sees_one_process_of_the_vm(on_host, engine_name):
    """Of the VM the host sees QEMU, and nothing of what runs inside."""
    found = on_host.run("ps -e -o args= | grep -c %s", f"[g]uest={engine_name('vm')},")
    assert found.stdout.strip() == "1", "The host does not show exactly one QEMU process for the VM."


def test_container_may_not_set_the_clock(container):
    """The container may not set the clock: it would be everybody's."""
    assert container.run("date -s @$(date +%s)").failed, (
        "The container may set the clock of the host. Was it started with --cap-add SYS_TIME or --privileged?"
    )


def test_vm_has_a_clock_of_its_own(vm, on_host):
    """The VM sets its own clock, and the host's does not follow."""
    before = int(vm.check_output("date +%s"))
    try:
        assert vm.run("date -s 2001-01-01").succeeded, "The VM may not set its clock: it has none of its own."
        year = on_host.check_output("date +%Y")
        assert year != "2001", "The VM set its clock, and the host's followed."
    finally:
        vm.run("date -s @%s", str(before + 1))


DEVICES = "the list of devices"
REFUSED = {
    "the limit of capabilities": ("", "--cap-add=NET_ADMIN", "ip link set lo down"),
    "the filter of system calls": (
        "",
        "--security-opt=seccomp=unconfined",
        'python3 -c \'import ctypes, platform; call = {"x86_64": 248}.get(platform.machine(), 217); '
        'exit(ctypes.CDLL(None).syscall(call, b"user", b"lab", b"x", 1, -2) < 0)\'',
    ),
    DEVICES: ("", "--device-cgroup-rule='c 1:11 rwm'", "mknod /tmp/kmsg c 1 11 && : >/tmp/kmsg"),
    "the read-only mount over /proc/sys": (
        "--cap-add=NET_ADMIN",
        "--security-opt=systempaths=unconfined",
        "cat /proc/sys/net/ipv4/ip_default_ttl >/tmp/old; cat /tmp/old >/proc/sys/net/ipv4/ip_default_ttl",
    ),
    "the namespace of processes": ("", "--pid=host", 'test "$(cat "/proc/$0/comm")" = "$1"'),
}
"""What is refused in a container, by the mechanism that does it: what is given for it, the option that takes
the mechanism away, and what is tried.

An attempt is told the number and the name of blue's first process.
"""


def test_each_refusal_has_a_mechanism_of_its_own(on_host, engine_name):
    """What is refused in a container is allowed once the one mechanism that refuses it is taken away."""
    image = on_host.check_output("docker inspect --format '{{.Config.Image}}' %s", engine_name("red"))
    lab, _, scenario = engine_name("red").removesuffix("-red").partition("-")
    number = on_host.check_output("docker inspect --format '{{.State.Pid}}' %s", engine_name("blue"))
    name = on_host.check_output("cat /proc/%s/comm", number)
    # Where Docker translates users, or AppArmor asks, that stands before them.
    run = (
        "docker run --rm --userns=host --security-opt=apparmor=unconfined "
        f"--label lab.name={lab} --label lab.scenario={scenario}"
    )
    # In a seat of a class the host is a container itself, and nobody makes devices in its user namespace.
    seat = "4294967295" not in on_host.check_output("cat /proc/self/uid_map")
    for mechanism, (given, option, attempt) in REFUSED.items():
        if seat and mechanism == DEVICES:
            continue
        refused = on_host.run(f"{run} {given} {image} sh -c %s %s %s", attempt, number, name).failed
        assert refused, f"The container may do without being asked what {mechanism} should refuse: `{attempt}`."
        allowed = on_host.run(f"{run} {given} {option} {image} sh -c %s %s %s", attempt, number, name)
        assert allowed.succeeded, (
            f"Without {mechanism} it is refused, too, so something else says no: {allowed.stderr.strip()}"
        )
