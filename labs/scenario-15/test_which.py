"""The rows of the comparison, asked of the machines once more."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
import memory
import sampling

BOOT_ID = "cat /proc/sys/kernel/random/boot_id"


def test_only_the_vm_has_a_kernel_between(vm, container, on_host):
    """Below the container's programs is the host's kernel, below the VM's another one first."""
    host = on_host.check_output(BOOT_ID)
    assert container.check_output(BOOT_ID) == host, "The container has a kernel of its own."
    assert vm.check_output(BOOT_ID) != host, "The VM has no kernel of its own."


def test_vm_holds_more_memory(engine_name):
    """While nothing is done, the VM's process holds more of the host's memory than the container's."""
    vm, _ = memory.of_vm(engine_name("vm"))
    inside, beside = memory.of_container(engine_name("box"))
    read = None not in (vm, inside, beside)
    assert read, "What the processes hold may not be read: it takes root, or sudo without a password."
    assert inside + beside < vm, f"The container's processes hold {inside + beside:.0f} MiB, the VM's {vm:.0f}."


def test_container_starts_sooner(machine, on_host, engine_name):
    """The slowest of several starts of a container is sooner done than the VM's boot, by its own record."""
    record = machine("vm").check_output("systemctl show --property ActiveEnterTimestampMonotonic ssh.service")
    vm = int(re.search(r"=(\d+)", record)[1]) / 1e6
    image = on_host.check_output("docker inspect --format '{{.Image}}' %s", engine_name("box"))

    def start():
        return sampling.timed(on_host.check_output, "docker run --rm --network none %s true", image)

    slowest = max(sampling.take({"container": start}, sampling.FEWEST)["container"])
    assert slowest < vm, f"A container took {slowest:.1f} s to start, the VM {vm:.1f} s to boot."
