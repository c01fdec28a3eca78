"""What the machines believe they have, and what the host gives up for them."""

import re

DOZENS = 24
GUEST_AT_LEAST = 5
"""How many times a container's memory, with what runs beside it, a VM takes of the host, at the very least."""


def total(place):
    """The memory that the kernel answering there counts, in KiB."""
    return int(place.check_output("awk '/^MemTotal/ {print $2}' /proc/meminfo"))


def granted(on_host, domain):
    """The memory that a VM may have, in KiB."""
    info = on_host.check_output("virsh --quiet --connect qemu:///system dominfo %s", domain)
    return int(re.search(r"Max memory: +(\d+)", info)[1])


def qemu(on_host, domain):
    """The number of the process that is this VM."""
    return on_host.check_output("pgrep -o -f %s", f"guest={domain},")


def held(on_host, *pids):
    """Memory of processes behind which there is no file, in KiB: the host gets it back when they let it go."""
    asked = "cd /proc; cat" + " %s/status" * len(pids) + " | awk '/^Rss(Anon|Shmem)/ {sum += $2} END {print sum + 0}'"
    return int(on_host.check_output(asked, *pids))


def test_container_counts_the_hosts_memory(container, on_host):
    """`free` in a container shows the host's memory: it asks the host's kernel."""
    # In a seat of a class the host is shown a part of the machine's memory, and the container all of it.
    assert total(container) >= total(on_host), (
        f"The container's kernel counts {total(container)} KiB, the host's {total(on_host)} KiB: something shows the "
        "container another memory than the host's. Is it lxcfs, or a runtime that starts a VM?"
    )


def test_vm_counts_what_it_was_granted(machine, on_host, engine_name):
    """`free` in a VM shows what the VM was granted, less what its kernel keeps."""
    for name in ("vm", "vm2"):
        counted, limit = total(machine(name)), granted(on_host, engine_name(name))
        assert counted < limit < total(on_host), (
            f"{name} counts {counted} KiB, was granted {limit} KiB, and the host has {total(on_host)} KiB: the guest "
            "should count a little less than its grant, and the grant be less than the host."
        )


def test_two_vms_are_two_processes_of_one_hypervisor(machine, on_host, engine_name):
    """Two VMs run side by side on one hypervisor: two processes, two kernels."""
    one, other = (qemu(on_host, engine_name(name)) for name in ("vm", "vm2"))
    assert one != other, "Both VMs are one process of the host."
    programs = {on_host.check_output("cut -d '' -f 1 /proc/%s/cmdline", pid).split("\0")[0] for pid in (one, other)}
    assert len(programs) == 1, f"The VMs are run by two hypervisors: {', '.join(sorted(programs))}."
    boots = {machine(name).check_output("cat /proc/sys/kernel/random/boot_id") for name in ("vm", "vm2", "host")}
    assert len(boots) == 3, "Two of vm, vm2 and the host run one and the same kernel."


def test_vm_takes_many_times_as_much_as_a_container(on_host, engine_name):
    """A VM takes many times as much of the host's memory as a container with the engine's process beside it."""
    ask = "docker inspect --format '{{.State.Pid}}' %s"
    first = on_host.check_output(ask, engine_name("open"))
    shim = on_host.check_output("ps -o ppid= -p %s", first).strip()
    inside = on_host.check_output("docker top %s -eo pid", engine_name("open")).split()[1:]
    container = held(on_host, shim, *inside)
    vm = held(on_host, qemu(on_host, engine_name("vm2")))
    assert vm > GUEST_AT_LEAST * container, (
        f"The smaller VM takes {vm >> 10} MiB, an idle container {container >> 10} MiB: less than {GUEST_AT_LEAST} "
        "times as much. What runs in the container?"
    )


def test_dozens_run_at_once(on_host, engine_name):
    """Dozens of containers run at once, hold less memory than one VM, and leave nothing behind."""
    image = on_host.check_output("docker inspect --format '{{.Config.Image}}' %s", engine_name("open"))
    lab, _, scenario = engine_name("open").removesuffix("-open").partition("-")
    crowd = engine_name("crowd-check-")
    labels = f"--label lab.name={lab} --label lab.scenario={scenario}"
    start = f"docker run --detach {labels} --name {crowd}@ {image} sleep 600"
    listed = f"docker ps --quiet --filter name=^/{crowd}"
    try:
        on_host.run(f"seq {DOZENS} | xargs -P 4 -I @ {start}")
        running = on_host.check_output(listed).split()
        assert len(running) == DOZENS, f"Of {DOZENS} containers {len(running)} run at once."
        pids = on_host.check_output("docker inspect --format '{{.State.Pid}}'" + " %s" * DOZENS, *running).split()
        shims = on_host.check_output("ps -o ppid= -p %s", ",".join(pids)).split()
        together, vm = held(on_host, *pids, *shims), held(on_host, qemu(on_host, engine_name("vm")))
        assert together < vm, f"{DOZENS} containers hold {together >> 10} MiB together, the VM {vm >> 10} MiB."
    finally:
        on_host.run(f"{listed} --all | xargs -r docker rm --force")
    left = on_host.check_output(f"{listed} --all").split()
    assert not left, f"{len(left)} containers of the crowd are left."


def test_each_vm_has_a_disk_of_its_own(on_host, engine_name):
    """Each VM writes to a disk file of its own."""
    ask = "virsh --quiet --connect qemu:///system domblklist %s | awk '{print $2}'"
    one, other = (on_host.check_output(ask, engine_name(name)) for name in ("vm", "vm2"))
    assert one and one != other, f"Both VMs write to {one}."


def test_containers_share_their_image(on_host, engine_name):
    """Containers share their image; each takes only what it wrote."""
    ask = "docker inspect --size --format '{{.Image}} {{.SizeRootFs}} {{.SizeRw}}' %s"
    found = [on_host.check_output(ask, engine_name(name)).split() for name in ("open", "tight")]
    assert found[0][0] == found[1][0], "The two containers were made from two images."
    for _, seen, own in found:
        assert int(own) < int(seen) / 10, (
            f"A container sees {seen} bytes, and {own} of them are its own: it shares less than nine tenths. What was "
            "written in it?"
        )
