"""Who finds and reaches whom: names, networks, published ports, shared stacks."""


def server_of(place):
    """The name server that a machine asks (systemd-resolved, where there is one, keeps it in a file of its own)."""
    files = "/run/systemd/resolve/resolv.conf /etc/resolv.conf"
    return place.run(f"cat {files} 2>/dev/null | awk '/^nameserver/ {{print $2; exit}}'").stdout.strip()


def way_out(place):
    """The address by which a machine goes out: the host's."""
    return place.check_output("ip -o route show default | awk '{print $3; exit}'")


def test_a_network_of_ones_own_answers_for_names(machine, engine, engine_name):
    """In a network that somebody made a container finds another by its name: the engine answers at 127.0.0.11."""
    front, back = machine("front"), engine_name("back")
    server = server_of(front)
    assert server == "127.0.0.11", f"front asks the name server {server}."
    found = front.run("getent ahostsv4 %s", back).stdout.split()[:1]
    wanted = engine.addresses(back).get(engine.network)
    assert found == [wanted], f"front is told {found}, and back's address in the network is {wanted}."


def test_the_engines_own_network_answers_for_no_name(engine, on_host):
    """In the network `bridge`, which a container is in that names none, it finds no other by its name."""
    bridge = "--network bridge"
    with engine.once(options=bridge) as one, engine.once(options=bridge, name="check2") as other:
        ask = f"docker exec --env RES_OPTIONS=timeout:1 {other} getent ahostsv4 {one}"
        found = on_host.run(ask).stdout.split()
        address = engine.addresses(one)["bridge"]
        assert address not in found, f"The name leads to {address}: somebody answers for it."


def test_a_vm_asks_the_name_server_of_its_network(vm, on_host):
    """The VM asks the name server that its network told it: the host's, at the host's address in that network."""
    server, host = server_of(vm), way_out(vm)
    assert server == host, f"The VM asks {server}, and the host's address is {host}."
    assert on_host.check_output("ss -Hlun src %s", f"{host}:53"), "Nothing on the host listens at the port for names."


def test_two_networks_are_apart(engine, on_host, engine_name):
    """A container reaches none in another network, neither by address nor by name, until it is connected there."""
    back = engine_name("back")
    with engine.other_network() as network, engine.once(options=f"--network {network}") as one:
        for place in (*engine.addresses(back).values(), back):
            (said,) = engine.ask(on_host, f"{place}:8080", within=one)
            assert said.startswith("nobody"), f"From another network {place} was asked, and answered: {said}"
        on_host.check_output("docker network connect %s %s", engine.network, one)
        (said,) = engine.ask(on_host, f"{back}:8080", within=one)
        assert not said.startswith("nobody"), "It was connected to back's network, and yet nobody answers there."


def test_a_port_is_reached_where_it_was_published(engine, on_host, vm):
    """A port that is published on 127.0.0.1 is for the host alone; one on 0.0.0.0 the VM reaches as well."""
    doors = "--publish 127.0.0.1::8080 --publish 0.0.0.0::8081"
    with engine.once("0.0.0.0:8080", "0.0.0.0:8081", options=f"--network {engine.network} {doors}") as one:
        closed, opened = engine.port(one, 8080), engine.port(one, 8081)
        for said in engine.ask(on_host, f"127.0.0.1:{closed}", f"127.0.0.1:{opened}"):
            assert not said.startswith("nobody"), f"The host asked a port that is published, and got: {said}"
        host = way_out(vm)
        refused, answered = engine.ask(vm, f"{host}:{closed}", f"{host}:{opened}")
        assert not answered.startswith("nobody"), f"The VM asked the port on 0.0.0.0, and got: {answered}"
        assert refused.startswith("nobody"), "The VM reached a port that is published on 127.0.0.1."


def test_a_vm_is_reached_by_its_own_address(engine, on_host, vm):
    """What listens in the VM the host reaches by the VM's own address, without publishing anything."""
    serve = "import socket; there, _ = socket.create_server(('', 8090)).accept(); there.sendall(b'vm')"
    vm.check_output("setsid -f timeout 60 python3 -c %s >/dev/null 2>&1", serve)
    vm.check_output("timeout 60 sh -c %s", "until ss -Hltn | grep ':8090 '; do :; done")
    address = vm.check_output("ip -o route get %s | sed 's/.* src \\([^ ]*\\).*/\\1/'", way_out(vm))
    (said,) = engine.ask(on_host, f"{address}:8090")
    assert said == "vm", f"The host asked {address}, and got: {said}"


def test_a_containers_loopback_is_its_own(engine, machine, on_host, engine_name):
    """What listens on a container's 127.0.0.1 is reached by whoever shares its stack, and not over the network."""
    back = engine_name("back")
    (said,) = engine.ask(machine("front"), f"{back}:7000")
    assert said.startswith("nobody"), f"front asked back's port over the network, and got: {said}"
    with engine.once(options=f"--network container:{back}") as beside:
        (said,) = engine.ask(on_host, "127.0.0.1:7000", within=beside)
        assert said.startswith("back"), f"One that shares back's stack asked 127.0.0.1, and got: {said}"


def test_the_hosts_network_has_each_port_once(engine, on_host):
    """Two containers listen on the same port, each in its own stack; in the host's stack the second is refused."""
    free = "import socket; print(socket.create_server(('127.0.0.1', 0)).getsockname()[1])"
    place = f"127.0.0.1:{on_host.check_output('python3 -c %s', free)}"
    for options, wanted in (("--network none", "open"), ("--network host --userns host", "refused")):
        with engine.once(place, options=options) as one, engine.once(place, options=options, name="check2") as other:
            first, second = engine.said(one), engine.said(other)
        assert first == "open", f"With {options} the first cannot listen on {place}: {first}"
        assert second.startswith(wanted), f"With {options} both want {place}, and the second says: {second}"
