"""What VM and container were given, and what each believes it has."""

VIRSH = "virsh --connect qemu:///system"
ASK = """
import sys
open("/proc/self/oom_score_adj", "w").write("1000")  # if one is to be killed, then this program
memory = [b"x" * (int(sys.argv[1]) << 20) for number in range(1200 // int(sys.argv[1]))]
"""
"""Writes to 1200 MiB, in pieces of so many; more than either may have. The shell stays, and tells by 137 that it was
killed."""


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
    # In a seat of a class the host is shown a part of the machine's memory, and the container all of it.
    assert memory(container) >= memory(on_host), (
        f"The container counts {memory(container)} MiB, the host {memory(on_host)}: something hides the host's memory."
    )
    assert processors(container) == processors(on_host), "The container counts other processors than the host."


def test_vm_says_no_to_one_large_piece(vm):
    """A program that asks for more than there is in one piece is refused by the VM's kernel."""
    asked = vm.run("python3 -c %s 1200; exit $?", ASK)
    assert "MemoryError" in asked.stderr, f"The program was not refused; it ended with status {asked.rc}."


def test_vm_kills_what_asks_in_steps(vm):
    """A program that asks for as much in small steps is never refused by the VM's kernel, and killed in the end."""
    asked = vm.run("python3 -c %s 16; exit $?", ASK)
    assert asked.rc == 137, (
        f"The program ended with status {asked.rc}. A kernel that has no more would have killed it: status 137."
    )


def test_container_is_killed(container):
    """A program that asks for too much in the container is never refused, and killed at the limit."""
    for piece in (1200, 16):
        asked = container.run("python3 -c %s %s; exit $?", ASK, str(piece))
        assert asked.rc == 137, (
            f"Asked for pieces of {piece} MiB, the program ended with status {asked.rc}. At a limit the host's kernel "
            "would have killed it: status 137."
        )
