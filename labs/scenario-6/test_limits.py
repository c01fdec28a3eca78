"""What limits a container, and what a VM."""

MIB = 1 << 20
EAT = "bytearray(b'x') * (256 << 20)"


def state(on_host, name):
    return on_host.check_output("docker inspect --format '{{.State.Status}} {{.State.StartedAt}}' %s", name)


def test_limit_is_in_the_cgroup(limit_of):
    """The container's limit of 64 MiB stands in its cgroup, where the host's kernel reads it."""
    limit = limit_of("tight")
    assert limit == str(64 * MIB), f"The kernel keeps {limit} as the limit of tight, and not {64 * MIB} bytes."


def test_who_takes_too_much_is_killed_alone(machine, on_host, engine_name):
    """A process that takes more than its container may have is killed; container and neighbour live on."""
    before = [state(on_host, engine_name(name)) for name in ("open", "tight")]
    killed = machine("tight").run("python3 -c %s", EAT)
    assert killed.rc == 137, (
        f"The process asked for 256 MiB where 64 are allowed, and ended with status {killed.rc} instead of 137: nobody "
        "enforces the limit."
    )
    assert [state(on_host, engine_name(name)) for name in ("open", "tight")] == before, (
        "A container stopped or was started anew when a process in tight was killed."
    )


def test_without_a_limit_the_same_process_gets_its_memory(on_host, engine_name):
    """In a container without a limit the same process gets its 256 MiB."""
    image = on_host.check_output("docker inspect --format '{{.Config.Image}}' %s", engine_name("open"))
    lab, _, scenario = engine_name("open").removesuffix("-open").partition("-")
    labels = f"--label lab.name={lab} --label lab.scenario={scenario}"
    got = on_host.run(f"docker run --rm {labels} {image} python3 -c %s", EAT)
    assert got.succeeded, (
        f"The process ended with status {got.rc}, though its container has no limit. Is the host short of memory?"
    )


ASK = """import mmap
held = mmap.mmap(-1, 512 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
print("granted", flush=True)
"""
TOUCH = """for at in range(0, len(held), mmap.PAGESIZE):
    held[at] = 1
"""


def test_one_large_request_is_refused_by_the_kernel_that_cannot_hold_it(machine):
    """Asked for 512 MiB in one piece the VM's kernel says no; the host's grants it, and kills at the limit."""
    asked = machine("vm2").run("python3 -c %s", ASK)
    assert "granted" not in asked.stdout and asked.rc == 1, (
        f"vm2, which has less, was granted 512 MiB in one piece (status {asked.rc}): does its kernel promise anything?"
    )
    asked = machine("tight").run("python3 -c %s", ASK + TOUCH)
    assert asked.stdout.strip() == "granted" and asked.rc == 137, (
        f"In tight the request should be granted, and the process killed as it touches its memory: status {asked.rc}."
    )
