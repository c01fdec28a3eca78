"""Whether the goals of the tasks are met."""


def test_limit(limit_of):
    """The running container open is limited to 128 MiB."""
    limit = limit_of("open")
    assert limit.isdigit(), "The kernel keeps no limit for open yet."
    assert int(limit) <= 128 << 20, f"The kernel lets open have {int(limit) >> 20} MiB."


def test_balloon(machine):
    """The VM handed memory back while it ran, and sees no more than 300 MiB."""
    vm = machine("vm")
    total = int(vm.check_output("awk '/^MemTotal/ {print $2}' /proc/meminfo")) // 1024
    assert total <= 300, f"The VM's kernel still sees {total} MiB."
    pages = int(vm.check_output("awk '/^balloon_inflate/ {print $2}' /proc/vmstat"))
    assert pages > 0, "The VM sees less memory, but it gave none back: was it started with less?"
