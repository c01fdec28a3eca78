"""Which walls there are."""

import contextlib

SERVE = """import socket
held = socket.create_server(("", 8081))
while True:
    there, _ = held.accept()
    there.sendall(b"{name}")
    there.close()
"""
ASK = 'import socket; print(socket.create_connection(("127.0.0.1", 8081), 10).recv(20).decode())'


def namespace(place, wall):
    return place.check_output("readlink /proc/self/ns/%s", wall)


def test_container_has_its_own_namespaces(container, on_host):
    """The container has its own namespaces for processes, network, mounts, names and messages."""
    for wall in ("pid", "net", "mnt", "uts", "ipc"):
        assert namespace(container, wall) != namespace(on_host, wall), (
            f"The container shares the host's {wall} namespace: there is no wall between them."
        )


def test_two_containers_differ_in_their_walls(machine):
    """Two containers are apart from each other as well."""
    for wall in ("pid", "net", "mnt", "uts", "ipc"):
        assert namespace(machine("red"), wall) != namespace(machine("blue"), wall), (
            f"Red and blue share one {wall} namespace."
        )


def test_vm_is_another_machine_altogether(vm, on_host):
    """The VM needs no namespaces: it has a kernel of its own."""
    boot = "cat /proc/sys/kernel/random/boot_id"
    assert vm.check_output(boot) != on_host.check_output(boot), "The VM runs the host's kernel: it is no VM."


def test_everyone_has_a_name(machine):
    """Host, VM and containers have names of their own."""
    names = [machine(name).check_output("uname -n") for name in ("host", "vm", "red", "blue")]
    assert len(set(names)) == 4, f"Some of them share a name: {', '.join(names)}."


def test_container_lists_its_own_processes_only(container):
    """The container does not see the host's processes."""
    running = container.check_output("cat /proc/[0-9]*/comm").split()
    assert "dockerd" not in running, "The container sees Docker Engine itself: it looks at the host's processes."


@contextlib.contextmanager
def listening(place, name):
    """For the time of a check the place listens on port 8081, and tells its name to whoever connects."""
    start = "setsid timeout 120 python3 -c %s >/dev/null 2>&1 </dev/null & echo $!"
    number = place.check_output(start, SERVE.format(name=name))
    try:
        place.run("until ss -Hltn | grep -q ':8081 ' || ! kill -0 %s; do sleep 0.1; done", number)
        yield
    finally:
        place.run("kill %s", number)


def test_same_port_everywhere(machine):
    """The VM and both containers listen on the same port at the same time, and each is answered by itself."""
    names = ("vm", "red", "blue")
    with contextlib.ExitStack() as at_once:
        for name in names:
            at_once.enter_context(listening(machine(name), name))
        for name in names:
            answer = machine(name).run("python3 -c %s", ASK).stdout.strip() or "nobody"
            assert answer == name, f"In {name} port 8081 is answered by {answer}: {name} has no port of its own."


def test_files_stay_where_they_were_written(machine):
    """A file written in one place is in no other."""
    red = machine("red")
    red.check_output("touch /root/only-red")
    try:
        for name in ("host", "vm", "blue"):
            assert not machine(name).file("/root/only-red").exists, f"The file that red wrote is on {name} as well."
    finally:
        red.check_output("rm /root/only-red")
