"""Who gets how much of a processor that several want."""

from contention import ran, used

SECONDS = 4
FAIR = (0.35, 0.65)
"""What a share of a half may be measured as: the two do not begin at the very same moment."""


def test_two_containers_share_a_processor(on_host, engine_name):
    """Two containers that want the same processor get half of it each."""
    red, blue = used([engine_name("red"), engine_name("blue")], SECONDS)
    share = red / (red + blue)
    assert FAIR[0] < share < FAIR[1], f"Of what both got, red had {share:.0%}: the shares are not the same."


def test_shares_weigh_and_do_not_limit(on_host, engine_name):
    """With a quarter of blue's shares red gets a fifth beside blue, and alone as much as it wants."""
    red, blue = engine_name("red"), engine_name("blue")
    on_host.check_output("docker update --cpu-shares 256 %s", red)
    try:
        together = used([red, blue], SECONDS)
        share = together[0] / sum(together)
        assert 0.1 < share < 0.3, f"Of what both got, red had {share:.0%}, and not a fifth: who changed blue's shares?"
        asked = "docker inspect --format '{{.HostConfig.NanoCpus}} {{.HostConfig.CpuQuota}}' %s"
        quota = on_host.check_output(asked, red)
        assert quota == "0 0", "Red has a quota, so alone it would not get all it wants."
    finally:
        on_host.check_output("docker update --cpu-shares 1024 %s", red)


def test_quota_holds_though_nobody_else_wants_the_processor(machine, engine_name):
    """A container with a quota of a quarter is stopped again and again, though it is alone."""
    ask = "cat /sys/fs/cgroup/cpu.stat 2>/dev/null || cat /sys/fs/cgroup/cpu/cpu.stat"

    def stopped():
        lines = machine("capped").check_output(ask).splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("nr_throttled"))

    before = stopped()
    (got,) = used([engine_name("capped")], SECONDS)
    assert got < 0.4 * SECONDS, f"Within {SECONDS} s it got {got:.2f} s of a processor: nobody enforces the quota."
    assert stopped() > before, "It was not stopped once, though it wanted more than its quota."


def test_two_vms_share_a_processor(machine, engine_name):
    """Two VMs that want the same processor of the host get half of it each, and wait for the rest."""
    domains = {engine_name(name): name for name in ("vm", "vm2")}

    def busy(domain):
        spin = "timeout 120 sh -c 'while :; do :; done' >/dev/null 2>&1 </dev/null &"
        machine(domains[domain]).check_output(spin)

    try:
        found = ran([*domains], busy, SECONDS)
    finally:
        for name in domains.values():
            machine(name).run("pkill -x timeout")
    share = found[0][0] / sum(seconds for seconds, waited in found)
    assert FAIR[0] < share < FAIR[1], f"Of what both VMs got, vm had {share:.0%}: one of them has precedence."
    waited = min(waited for seconds, waited in found)
    assert waited > 0.2 * SECONDS, (
        f"One of the VMs waited for {waited:.2f} s only: they did not want the same processor."
    )
