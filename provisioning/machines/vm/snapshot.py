"""Keep a running VM, disk and memory, and start VMs from what was kept."""

from __future__ import annotations

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from provisioning import names
from provisioning.errors import MachineError
from provisioning.machines.command import run
from provisioning.machines.vm import disk, libvirt, places, power, vagrant, wake
from provisioning.machines.vm.places import Box, Place

SNAPSHOT = "golden"
"""QEMU's name for the kept state, which lies in the VM's disk."""
DISK = "disk.qcow2"
"""The file of a kept state that holds disk and memory."""
UNDER = "under.qcow2"
"""The file that the disk of a kept state is an overlay over, where that is not the golden disk."""
IDENTITY = "identity.json"
"""The file of a kept state that tells who its guest is: name, MAC and IP address."""
CAPTURE = 11
"""Raise it when captured states hold something else than before: older ones are then made anew."""


def capture(place: Place, future: Place, target: Path) -> None:
    """Keep the running VM, disk and memory, in ``target`` and stop it. :func:`restore` starts it from there.

    See :func:`hold` for ``future``.
    """
    definition = hold(place, future)
    libvirt.virsh("destroy", place.uuid)
    describe(place, definition, target)
    disk.take(place, target / DISK)


def write_into(place: Place, overlay: Path) -> None:
    """Have the running VM write into a new overlay from now on; its disk so far stays below, as it is.

    Raises:
        MachineError: libvirt or QEMU refused.
    """
    target = f"vda,snapshot=external,file={overlay}"
    words = ["--disk-only", "--no-metadata", "--atomic", "--diskspec", target]
    libvirt.virsh("snapshot-create-as", place.uuid, *words, timeout=120)


def hold(place: Place, future: Place) -> str:
    """Pause the VM and keep its state of this moment in its own disk. Return libvirt's definition of it.

    The guest is kept as the one that it will be at its ``future`` place, unless a VM stands there. So it need not
    ask for another address when it is started there, which takes an emulated one half a second, and need not be kept
    again. The memory goes into the overlay itself (QEMU's ``savevm``), so one file holds one consistent state.
    """
    if libvirt.state(future.uuid):
        future = place
    with places.SHARED:
        future.network.ensure(future.address, future.domain)
    (place.folder / IDENTITY).write_text(json.dumps(_identity(future)))
    _tell(place, wake.identity(future.domain, future.address.mac) | wake.SETTLE)
    libvirt.virsh("suspend", place.uuid)
    libvirt.monitor(place.uuid, f"savevm {SNAPSHOT}", timeout=300)
    return libvirt.definition(place.uuid)


def go_on(place: Place) -> None:
    """Have the VM that :func:`hold` paused run again, as the one that it is at its present place."""
    libvirt.virsh("resume", place.uuid)
    _tell(place, wake.identity(place.domain, place.address.mac))


def _identity(place: Place) -> dict[str, str]:
    return wake.identity(place.domain, place.address.mac) | {"ip": place.address.ip}


def _tell(place: Place, more: dict[str, str]) -> None:
    wake.tell(place.uuid, libvirt.running(place.uuid), more, time.monotonic() + power.PATIENCE)


def describe(place: Place, definition: str, target: Path) -> None:
    """Write into ``target`` what :func:`restore` needs beside the disk that holds the state."""
    (target / "domain.xml").write_text(definition)
    shutil.copy(place.folder / IDENTITY, target / IDENTITY)
    shutil.copytree(place.folder, target / "vagrant", ignore=shutil.ignore_patterns("*.qcow2", IDENTITY))
    # The machine's number in Vagrant's index: two machines from one state must not share it.
    (target / "vagrant" / "data" / "machines" / place.machine / "libvirt" / "index_uuid").unlink(missing_ok=True)


def restore(place: Place, box: Box, warm: Path) -> None:
    """Start the VM from the state :func:`capture` kept in ``warm``: QEMU starts paused and loads disk and memory.

    The state may come from another place: domain, disk and Vagrant's data are changed to this place's. A guest that is
    not the one of this place yet is told its name and address, and is kept again with them, for :func:`revert`.

    Raises:
        HostError: a network, a pool or a domain of the wanted name is not the lab's own.
        MachineError: libvirt or QEMU refused, or the guest does not answer.
    """
    vagrant.require_own(place)
    with ThreadPoolExecutor(1) as pool:
        shared = pool.submit(vagrant.share, place, box)  # 0.3 s, as long as the copy of a disk takes
        try:
            vagrant.vacate(place)
            _copy(place, box, warm)
            shared.result()
        except BaseException:
            places.remove(place)
            raise
    libvirt.virsh("start", place.uuid, "--paused")
    libvirt.monitor(place.uuid, f"loadvm {SNAPSHOT}")
    running, deadline = libvirt.go_on(place.uuid), time.monotonic() + power.PATIENCE
    kept, own = json.loads((warm / IDENTITY).read_text()), _identity(place)
    if kept != own:
        if kept["mac"] == own["mac"]:  # the lab has got other addresses, and a guest that keeps its MAC keeps its lease
            wake.tell(place.uuid, running, wake.identity(place.domain, names.mac_of(place.domain[::-1])), deadline)
        wake.tell(place.uuid, running, wake.identity(place.domain, place.address.mac) | wake.SETTLE, deadline)
        libvirt.monitor(place.uuid, f"savevm {SNAPSHOT}", timeout=300)
    wake.tell(place.uuid, running, wake.AWAKE, deadline)
    power.await_network(place)


def _copy(place: Place, box: Box, warm: Path) -> None:
    """Copy a kept state to a place, and have libvirt know the VM that it is there."""
    shutil.copytree(warm / "vagrant", place.folder)
    captured = json.loads((place.folder / "settings.json").read_text())
    places.write_settings(place, captured)
    for file in (place.folder / "data" / "machines" / place.machine / "libvirt").iterdir():
        file.write_text(file.read_text().replace(captured["uuid"], place.uuid))
    place.disk.parent.mkdir(parents=True, exist_ok=True)
    result = run(["cp", "--reflink=auto", str(warm / DISK), str(place.disk)], timeout=300)
    if result.status:
        raise MachineError(f"The VM's disk cannot be copied: {result.stderr.strip()}", "Run: python3 lab.py doctor")
    if box.disk:
        # What was kept of the VM that was baked is an overlay over what the playbooks wrote, not over the golden disk.
        under = warm / UNDER
        disk.rebase(place.disk, under if under.exists() else box.disk)
    xml = (warm / "domain.xml").read_text()
    standing = (place.domain, place.uuid, place.disk, disk.io(), place.network.name, place.address.mac)
    moved = libvirt.moved(xml, *standing, {wake.PORT: place.port})
    (place.folder / places.BLUEPRINT).write_text(libvirt.define(moved, place.uuid))


def revertible(place: Place) -> str:
    """Return the XML of the running VM if :func:`revert` can bring it back, else nothing.

    It cannot if the VM does not run, lost its network, or has other devices than before, such as one more disk: QEMU
    loads a state only into the devices that it was kept from. :func:`restore` makes these anew.
    """
    blueprint = place.folder / places.BLUEPRINT
    kept = blueprint.read_text() if blueprint.is_file() else ""
    found = libvirt.definitions(place.uuid)
    if found is None:
        return ""
    running, defined = found
    rebuilt = defined != kept or libvirt.devices_in(running) != libvirt.devices_in(kept)
    return "" if rebuilt or not power.is_plugged_in(place, running) else running


def revert(place: Place, running: str) -> None:
    """Bring the VM back to the kept state inside the QEMU that runs it; ``running`` is from :func:`revertible`.

    Raises:
        MachineError: QEMU refused, or the guest does not answer.
    """
    deadline = time.monotonic() + power.PATIENCE
    with power.waking(place):
        libvirt.monitor(place.uuid, f"loadvm {SNAPSHOT}")
        wake.tell(place.uuid, running, wake.AWAKE, deadline)
        power.await_network(place)
