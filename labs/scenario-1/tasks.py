"""Whether the goals of the tasks are met."""

YEAR = 365 * 86400


def test_same_port(machine, engine_name):
    """Blue reaches what listens on port 9090 in red, and nobody else listens there."""
    for name in ("vm", "blue"):
        listens = machine(name).run("ss -Hltn | grep -q ':9090 '").succeeded
        assert not listens, f"Something listens on port 9090 in {name} too."
    knock = "import socket; socket.create_connection(('{}', 9090), 10)"
    reached = machine("blue").run("python3 -c %s", knock.format(engine_name("red"))).succeeded
    itself = machine("red").run("python3 -c %s", knock.format("127.0.0.1")).succeeded
    assert reached or not itself, "Red itself reaches the service, and blue does not: on which address does it listen?"
    assert reached, "Nothing listens on port 9090 in red."


def test_from_outside(machine, on_host, engine_name):
    """Blue's lo has an address that nobody in blue may give it."""
    addresses = machine("blue").check_output("ip -oneline -4 address show dev lo")
    assert " 192.0.2.7/" in addresses, "Blue's lo does not have the address 192.0.2.7."
    asked = "docker inspect --format '{{.HostConfig.Privileged}} {{.HostConfig.CapAdd}} {{.HostConfig.NetworkMode}}' %s"
    granted = on_host.check_output(asked, engine_name("blue"))
    kept = granted.startswith("false [] ") and not granted.endswith(" host") and " container:" not in granted
    assert kept, "This blue was made anew, with powers or a network that it had not."


def test_another_time(machine):
    """A process of the VM lives in a time of its own, and process 1 does not."""
    vm = machine("vm")
    listed = "for each in /proc/[0-9]*; do echo ${each#/proc/} $(readlink $each/ns/time); done 2>/dev/null"
    times = dict(line.split() for line in vm.check_output(listed).splitlines() if len(line.split()) == 2)
    apart = [pid for pid, time in times.items() if time != times["1"]]
    assert apart, "Every process of the VM still lives in the time of process 1."
    first = float(vm.check_output("cut -d ' ' -f 1 /proc/uptime"))
    uptimes = [vm.run("nsenter --time --target %s cut -d ' ' -f 1 /proc/uptime", pid).stdout.strip() for pid in apart]
    there = max(float(uptime) for uptime in uptimes if uptime)
    assert first < YEAR, "For process 1 itself more than a year has passed."
    assert there > YEAR, f"For that process {there:.0f} seconds have passed since the start, less than a year."
