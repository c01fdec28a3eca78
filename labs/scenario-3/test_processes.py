"""Whose processes they are, and who sees them."""

import contextlib
import uuid


@contextlib.contextmanager
def marker(place):
    """A process with a name that nothing else has, for the time of a check; it yields the name."""
    name = f"check-{uuid.uuid4().hex[:12]}"
    # The name goes through a variable, so that no command line but the process's own begins with it.
    script = (
        f"setsid bash -c 'exec -a {name} sleep 60' </dev/null >/dev/null 2>&1 & until pgrep -f '^{name} '; do :; done"
    )
    place.check_output("timeout 20 bash -c %s", script)
    try:
        yield name
    finally:
        place.run("pkill -f %s", f"^{name} ")


def seen(place, name):
    """The process's number as this place sees it; empty when it does not."""
    return place.run("pgrep -f %s", f"^{name} ").stdout.strip()


def pid_namespace(place):
    return place.check_output("readlink /proc/self/ns/pid")


def test_container_has_a_pid_namespace_of_its_own(container, on_host):
    """The container counts its processes for itself: its pid namespace is not the host's."""
    assert pid_namespace(container) != pid_namespace(on_host), (
        "The container is in the host's pid namespace: it sees, and as root may kill, every process of the host. "
        "Was it started with --pid=host?"
    )


def test_containers_process_is_the_hosts_process(container, on_host):
    """A process in the container is a process of the host, under two numbers."""
    with marker(container) as name:
        inside, outside = seen(container, name), seen(on_host, name)
        assert outside, "The host does not list a process that runs in the container: another kernel runs it."
        numbers = on_host.check_output("sed -n 's/^NSpid://p' /proc/%s/status", outside).split()
    assert numbers[0] == outside and numbers[-1] == inside and inside != outside, (
        f"The process has the number {outside} on the host and {inside} in the container, and the host's kernel knows "
        f"it as {' and '.join(numbers)}: the container does not count its processes for itself."
    )


def test_vms_process_is_not_the_hosts(vm, on_host):
    """A process in the VM is unknown to the host."""
    with marker(vm) as name:
        assert seen(vm, name), "The process that was to run in the VM is not there."
        assert not seen(on_host, name), "The host lists a process of the VM: the host's kernel runs it, so it is no VM."


def test_container_does_not_see_its_neighbour(machine):
    """Two containers of one kernel do not see each other's processes."""
    alpha, beta = machine("alpha"), machine("beta")
    with marker(alpha) as name:
        assert seen(alpha, name), "The process that was to run in alpha is not there."
        assert not seen(beta, name), "beta lists a process of alpha: they share a pid namespace."
    with marker(beta) as name:
        assert not seen(alpha, name), "alpha lists a process of beta: they share a pid namespace."


def ancestors(place, number):
    """The names of a process's parents, the nearest first, without process 1, which takes in every orphan."""
    names = []
    while (number := place.check_output("sed -n 's/^PPid:[^0-9]*//p' /proc/%s/status", number)) not in ("0", "1"):
        names.append(place.check_output("cat /proc/%s/comm", number))
    return names


def test_engine_is_not_in_between(container, on_host):
    """The engine is no parent of a container's processes: a shim holds them, and the host's kernel runs them."""
    with marker(container) as name:
        outside = seen(on_host, name)
        assert outside, "The host does not list a process that runs in the container: another kernel runs it."
        above = ancestors(on_host, outside)
    assert "dockerd" not in above, f"The engine is among the parents of a container's process: {', '.join(above)}."
