"""What VM and container were given, and what each believes to have."""

VIRSH = "virsh --connect qemu:///system"
TOO_MUCH = "python3 -c 'memory = b\"x\" * (1200 << 20)'"
"""Writes to 1200 MiB, more than either may have. (Docker lets a container swap as much again as its limit.)"""


def memory(place):
    """MiB that the kernel counts in all."""
    return int(place.check_output("sed -n 's/^MemTotal: *//p' /proc/meminfo").split()[0]) // 1024


def processors(place):
    return int(place.check_output("grep -c ^processor /proc/cpuinfo"))


def test_vm_has_what_it_was_given(vm, on_host, engine_name):
    """The VM counts the processors and the memory that it was given, and no more."""
    facts = dict(
        line.split(":", 1)
        for line in on_host.check_output(f"{VIRSH} dominfo %s", engine_name("vm")).splitlines()
        if ":" in line
    )
    given = int(facts["CPU(s)"])
    assert processors(vm) == given, f"The VM was given {given} processors, and counts {processors(vm)}."
    granted = int(facts["Max memory"].split()[0]) // 1024
    assert granted // 2 < memory(vm) <= granted, f"The VM was given {granted} MiB, and counts {memory(vm)}."


def test_container_counts_what_the_host_has(container, on_host, engine_name):
    """The container has a limit, and counts the host's memory and processors nonetheless."""
    name = engine_name("box")
    limit = int(on_host.check_output("docker inspect --format '{{.HostConfig.Memory}}' %s", name)) >> 20
    assert 0 < limit < memory(on_host), "The engine set the container no limit of memory."
    assert memory(container) == memory(on_host), (
        f"The container counts {memory(container)} MiB, the host {memory(on_host)}: something hides the host's memory."
    )
    assert processors(container) == processors(on_host), "The container counts other processors than the host."


def test_vm_says_no(vm):
    """A program that asks for too much is told so by the VM's kernel."""
    asked = vm.run(TOO_MUCH)
    assert "MemoryError" in asked.stderr, f"The program was not refused; it ended with status {asked.rc}."


def test_container_is_killed(container):
    """A program that asks for too much in the container gets it, and is killed at the limit."""
    asked = container.run(TOO_MUCH)
    assert asked.rc == 137, (
        f"The program ended with status {asked.rc}. At a limit the host's kernel would have killed it: status 137."
    )
