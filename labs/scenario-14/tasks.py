"""Whether the goals of the tasks are met."""

from contention import used

SECONDS = 4


def test_precedence(on_host, engine_name):
    """Beside red blue gets three quarters, and neither of them has a quota."""
    for name in ("red", "blue"):
        asked = "docker inspect --format '{{.HostConfig.NanoCpus}} {{.HostConfig.CpuQuota}}' %s"
        quota = on_host.check_output(asked, engine_name(name))
        assert quota in ("0 0", "0 -1"), f"{name} has a quota: alone it would not get all."
    red, blue = used([engine_name("red"), engine_name("blue")], SECONDS)
    share = blue / (red + blue)
    assert 0.67 < share < 0.83, f"Of what both got, blue had {share:.0%}."


def test_tamed(machine):
    """On the VM the service greedy runs, within both of its limits."""
    vm = machine("vm")
    assert vm.run("systemctl is-active greedy").succeeded, "On the VM no service greedy is active."
    asked = "systemctl show --property MainPID --value greedy"
    pid = vm.check_output(asked)
    group = vm.check_output("sed -n 's/^0:://p' /proc/%s/cgroup", pid)
    most = vm.run("cat /sys/fs/cgroup%s/memory.max", group).stdout.strip()
    assert most.isdigit(), "The kernel keeps no limit of memory for it."
    assert int(most) <= 64 << 20, f"The kernel lets it have {int(most) >> 20} MiB."
    quota = vm.run("cat /sys/fs/cgroup%s/cpu.max", group).stdout.split()
    assert quota and quota[0].isdigit(), "The kernel keeps no quota of processor time for it."
    share = int(quota[0]) / int(quota[1])
    assert share <= 0.2, f"The kernel lets it have {share:.0%} of a processor."
