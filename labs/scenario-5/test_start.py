"""What starts when a container starts, when a VM boots, and which of them is done first."""

import statistics
import time

BOOT_ID = "/proc/sys/kernel/random/boot_id"


def docker_run(on_host, engine_name):
    """The beginning of a command that runs something in a new container of box's image, which is gone afterwards."""
    image = on_host.check_output("docker inspect --format '{{.Config.Image}}' %s", engine_name("box"))
    lab, _, scenario = engine_name("box").removesuffix("-box").partition("-")
    return f"docker run --rm --label lab.name={lab} --label lab.scenario={scenario} {image}"


def seconds(on_host, command):
    began = time.monotonic()
    on_host.check_output(command)
    return time.monotonic() - began


def boot_record(vm, name):
    """A moment of the VM's boot, in seconds since its kernel started; 0 when it never came."""
    return int(vm.check_output("systemctl show --value -p %s", f"{name}TimestampMonotonic")) / 1e6


def test_new_container_boots_no_kernel(on_host, engine_name):
    """A container that was started just now runs under the kernel that the host booted long before."""
    inside = on_host.check_output(f"{docker_run(on_host, engine_name)} cat {BOOT_ID}")
    assert inside == on_host.check_output("cat %s", BOOT_ID), (
        "A new container shows a boot id of its own: a kernel was booted for it. Does Docker start VMs here?"
    )


def test_new_container_starts_one_process(on_host, engine_name):
    """A container starts the process that was asked for, and nothing else."""
    look = "sh -c 'cat /proc/1/comm; echo /proc/[0-9]*'"
    seen = on_host.check_output(f"{docker_run(on_host, engine_name)} {look}").split()
    assert seen == ["sh", "/proc/1"], (
        f"In a new container, process 1 is {seen[0]} among {len(seen) - 1} processes: more started than was asked for."
    )


def test_vm_started_an_operating_system(vm, on_host):
    """The VM went through a boot of its own: a kernel, then systemd, then its units."""
    assert vm.check_output("cat %s", BOOT_ID) != on_host.check_output("cat %s", BOOT_ID), (
        "The VM shows the host's boot id: no kernel was booted for it."
    )
    kernel, finish = boot_record(vm, "Userspace"), boot_record(vm, "Finish")
    assert 0 < kernel < finish, (
        f"systemd's record shows no boot: userspace at {kernel} s, finished at {finish} s. Is the VM still booting?"
    )
    units = int(vm.check_output("systemctl list-units --state=active --no-legend | wc -l"))
    assert units >= 30, f"Only {units} units were started in the VM: that is no whole operating system."


def test_container_is_there_before_a_vm_has_booted(vm, on_host, engine_name):
    """A container has started and ended before the VM's kernel and systemd are through with a boot."""
    run = f"{docker_run(on_host, engine_name)} true"
    container = statistics.median(seconds(on_host, run) for _ in range(5))
    boot = boot_record(vm, "Finish")
    # The record begins with the kernel: firmware and boot loader would come on top.
    assert container < boot, (
        f"A container takes {container:.2f} s (median of 5), and the VM's kernel and systemd took {boot:.2f} s: here "
        "the container is not faster. Is the host very busy, or the VM very fast?"
    )


def test_container_costs_more_than_a_process(machine, on_host, engine_name):
    """A container takes several times as long to start as a process in one that runs: it is fast, and not free."""
    run = f"{docker_run(on_host, engine_name)} true"
    # Timed where it starts, as the way into the container would cost more than the process.
    ask = "import subprocess, time; t = time.monotonic(); subprocess.run(['true']); print(time.monotonic() - t)"
    both = [(float(machine("box").check_output("python3 -c %s", ask)), seconds(on_host, run)) for _ in range(5)]
    process, container = (statistics.median(column) for column in zip(*both, strict=True))
    assert container > 3 * process, (
        f"A process takes {process:.3f} s and a container {container:.3f} s: here Docker adds next to nothing."
    )


def test_vm_can_be_woken(on_host, engine_name):
    """The VM's memory lies beside its disk: it can go on from there without a boot."""
    ask = "virsh --quiet --connect qemu:///system qemu-monitor-command %s --hmp 'info snapshots'"
    found = on_host.check_output(ask, engine_name("vm"))
    assert " golden " in found, "QEMU knows no state `golden` of the VM: it can only be booted."
