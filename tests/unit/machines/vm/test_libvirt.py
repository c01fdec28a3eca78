"""What the lab makes of a domain's definition, and of a libvirt that does not answer."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from provisioning.errors import SilentError
from provisioning.machines import Result
from provisioning.machines.vm import libvirt
from provisioning.machines.vm.libvirt import gone, moved
from provisioning.names import uuid_of
from tests.unit.fakes import hangs

KEPT = """<domain type='qemu'>
  <name>lab-bake-vm</name>
  <uuid>ae0453f2-143a-5ba4-bea5-de98a600c334</uuid>
  <memory unit='KiB'>524288</memory>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' cache='unsafe'/><source file='/pool/lab-bake-vm.img'/><target dev='vda'/>
      <backingStore type='file'><format type='qcow2'/><source file='/pool/under.img'/><backingStore/></backingStore>
    </disk>
    <interface type='network'>
      <mac address='52:54:00:00:00:01'/><source network='lab'/><address type='pci' bus='0x06'/>
    </interface>
    <rng model='virtio'><backend model='random'>/dev/random</backend></rng>
  </devices>
</domain>"""


def test_a_moved_domain_has_another_name_address_and_disk_and_the_same_hardware() -> None:
    uuid = "be569492-5ad2-5763-ae36-2a17c130ced8"
    root = ElementTree.fromstring(  # noqa: S314 (written above)
        moved(KEPT, "mine-scenario-3-vm", uuid, Path("/mine/disk.img"), "io_uring", "mine", "52:54:00:00:00:02", {})
    )
    assert (root.findtext("name"), root.findtext("uuid")) == ("mine-scenario-3-vm", uuid)
    found = {element.tag: element.attrib for element in root.iterfind("devices/interface/*")}
    assert found["mac"]["address"] == "52:54:00:00:00:02"
    assert found["source"]["network"] == "mine"
    assert found["address"] == {"type": "pci", "bus": "0x06"}
    sources = [element.attrib for element in root.iterfind("devices/disk/source")]
    assert sources == [{"file": "/mine/disk.img"}]
    drivers = [element.attrib for element in root.iterfind("devices/disk/driver")]
    assert root.find("devices/disk/backingStore") is None  # it was below the other disk
    assert drivers == [{"name": "qemu", "type": "qcow2", "cache": "unsafe", "io": "io_uring"}]
    assert root.findtext("memory") == "524288"
    assert root.findtext("devices/rng/backend") == "/dev/random"


@pytest.mark.parametrize(
    ("line", "domain"),
    [
        ("event 'reboot' for domain 'lab-scenario-3-vm'", "lab-scenario-3-vm"),
        ("event 'lifecycle' for domain 'lab-scenario-3-vm': Stopped Shutdown", "lab-scenario-3-vm"),
        ("event 'lifecycle' for domain 'lab-scenario-3-vm': Stopped Destroyed", "lab-scenario-3-vm"),
        ("event 'lifecycle' for domain 'lab-scenario-3-vm': Crashed Panicked", "lab-scenario-3-vm"),
        ("event 'lifecycle' for domain 'lab-scenario-3-vm': Suspended Paused", ""),
        ("event 'lifecycle' for domain 'lab-scenario-3-vm': Started Booted", ""),
        ("event 'balloon-change' for domain 'lab-scenario-3-vm': 524288KiB", ""),
    ],
)
def test_a_guest_that_is_gone_is_known_by_what_libvirt_tells(line: str, domain: str) -> None:
    assert gone(line) == (domain, "'reboot'" in line)


@pytest.mark.usefixtures("in_haste")
def test_libvirt_while_the_lab_asks_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs(tmp_path / "virsh", monkeypatch)
    for ask in (
        lambda: libvirt.domains("0:/home", "lab-"),
        lambda: libvirt.definitions("lab-x"),
        lambda: libvirt.virsh("x", timeout=1),
    ):
        with pytest.raises(SilentError, match="libvirt does not answer"):
            ask()


def test_a_domain_of_another_whose_name_begins_like_ours_says_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names may have blanks in them, and words that are states."""
    name = "lab-scenario-3-vm"
    listed = f"""\
{uuid_of("0:/home", "domain", name)} {name}
76937b98-4932-56ea-b174-6b0d922ee72c {name} copy
76937b98-4932-56ea-b174-6b0d922ee72d {name} shut off

 1   {name}            running
 -   {name} copy       shut off
 -   {name} shut off   shut off
"""
    monkeypatch.setattr(libvirt, "run", lambda argv, **more: Result(0, listed, "", 0.0))
    assert libvirt.domains("0:/home", "lab-") == {name: "running"}
