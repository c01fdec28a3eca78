"""What several checks ask: the VMs as their hypervisor has them, and what the Vagrantfile would make of settings."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


@pytest.fixture(scope="session")
def domain(machine, engine_name):
    """What the hypervisor has of a VM, as XML: ``domain("small")``."""

    def ask(name):
        xml = machine("host").check_output("virsh --quiet --connect qemu:///system dumpxml %s", engine_name(name))
        return ElementTree.fromstring(xml)  # noqa: S314 (libvirt wrote it)

    return ask


@pytest.fixture(scope="session")
def size_of(domain):
    """Memory in MiB and number of processors of a VM, as its hypervisor has them."""

    def ask(name):
        found = domain(name)
        return int(found.findtext("memory")) // 1024, int(found.findtext("vcpu"))

    return ask


@pytest.fixture(scope="session")
def golden(domain):
    """The disk that both VMs were started from, as the hypervisor names it; it lies under each VM's own changes."""
    return domain("small").find("devices/disk/backingStore/source").get("file")


@pytest.fixture(scope="session")
def vm_settings(scratch):
    """The file of settings that the Vagrantfile read when a VM was made."""
    folder = Path(scratch)
    return lambda name: folder.parents[1] / "vagrant" / f"{folder.name}-{name}" / "settings.json"


@pytest.fixture(scope="session")
def evaluate(machine):
    """Memory in MiB and number of processors that the Vagrantfile sets for each provider; None if it fails."""

    def ask(settings):
        script, vagrantfile = FOLDER / "evaluate_vagrantfile.rb", FOLDER.parent.parent / "Vagrantfile"
        argv = ("env LAB_VM_SETTINGS=%s ruby %s %s", str(settings), str(script), str(vagrantfile))
        evaluated = machine("host").run(*argv)
        if evaluated.failed:
            return None
        return {
            provider: (
                int(sets.get("memory") or sets["vmx"]["memsize"]),
                int(sets.get("cpus") or sets["vmx"]["numvcpus"]),
            )
            for provider, sets in json.loads(evaluated.stdout).items()
        }

    return ask
