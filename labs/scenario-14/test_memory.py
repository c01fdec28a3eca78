"""Who is killed for memory that several want."""

EAT = """
import pathlib, sys, time
name, most = sys.argv[1], int(sys.argv[2])
held = []
while len(held) < most:
    held.append(bytearray(b"x") * (1 << 20))
pathlib.Path("/run", name).touch()
time.sleep(600)
"""


def beside(vm, *options):
    """Whether the neighbour, and whether the newcomer is alive when the newcomer has asked for more than there is."""
    part = int(vm.check_output("awk '/^MemAvailable/ {print $2}' /proc/meminfo")) * 6 // 10240
    run = "systemd-run --quiet --property OOMPolicy=stop --unit {name} {options} python3 -c %s {name} {part}"
    active = "systemctl is-active neighbour newcomer; true"
    try:
        vm.check_output(run.format(name="neighbour", options="", part=part), EAT)
        vm.check_output("until [ -e /run/neighbour ] || ! systemctl --quiet is-active neighbour; do sleep 0.2; done")
        vm.check_output(run.format(name="newcomer", options=" ".join(options), part=part), EAT)
        vm.check_output("until [ -e /run/newcomer ] || ! systemctl --quiet is-active newcomer; do sleep 0.2; done")
        return [state == "active" for state in vm.check_output(active).split()]
    finally:
        vm.run("systemctl stop neighbour newcomer; systemctl reset-failed neighbour newcomer")
        vm.run("rm -f /run/neighbour /run/newcomer")


def test_without_a_limit_the_neighbour_pays(machine):
    """Who holds most is killed, and not who asked for what was not there."""
    neighbour, newcomer = beside(machine("vm"))
    assert newcomer and not neighbour, (
        "The newcomer should live and the neighbour be killed. Has the newcomer a limit, or the neighbour a privilege?"
    )


def test_a_limit_keeps_the_harm_with_who_does_it(machine):
    """With a limit of memory the newcomer is killed, and the neighbour does not notice."""
    neighbour, newcomer = beside(machine("vm"), "--property MemoryMax=48M", "--property MemorySwapMax=0")
    assert neighbour, "The neighbour was killed, though the newcomer had a limit: nobody enforced it."
    assert not newcomer, "The newcomer got more than its limit."
