"""Where the VMs of a scenario stand on the host: names, addresses and folders. Make them ready, and remove them."""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import struct
import threading
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from provisioning import names
from provisioning.errors import HostError
from provisioning.machines.vm import libvirt
from provisioning.settings import Settings

SHARED = threading.Lock()
"""VMs start side by side; the network, the pool and the box that they share are made by one at a time."""
BLUEPRINT = "domain.xml"
"""File in a running VM's folder: how libvirt described the domain when it was restored."""
USES = "golden"
"""File in the folder of a VM that was started from memory: what the VM needs of the cache. A VM without it is half
made, or half removed, and holds nobody's work."""
BACKINGS = f"base-{'[0-9a-f]' * 16}.qcow2"
"""Matches the names that :func:`backing` gives."""
WAKING = "waking"
"""File in a running VM's folder: its guest was loaded from memory and does not know the time yet."""


def backing() -> str:
    """Return a new name for what the disk of a box or of a kept state is an overlay over; it lies in the same folder.

    Each box has names of its own for it: they lie side by side in the pool, and are not always one file.
    """
    return f"base-{uuid.uuid4().hex[:16]}.qcow2"


@dataclass(frozen=True)
class Box:
    """What a VM is made from: a disk image built here, or a public Vagrant box."""

    name: str
    """Vagrant's name for it."""
    disk: Path | None = None
    """The qcow2 image behind a box built here; None for a public one."""


@dataclass(frozen=True)
class Place:
    """Where one VM of one scenario stands on the host. Everything follows from its name, so no state file is needed."""

    settings: Settings
    scenario: str
    machine: str

    @property
    def domain(self) -> str:
        """libvirt's name for it: ``<lab>-<scenario>-<machine>``."""
        return names.of_machine(self.settings.name, self.scenario, self.machine)

    @property
    def uuid(self) -> str:
        """The domain's UUID (:func:`provisioning.names.uuid_of`). libvirt is asked for the domain by it, and
        Vagrant knows a restored domain by it as the one that it made."""
        return names.uuid_of(self.settings.owner, "domain", self.domain)

    @property
    def address(self) -> libvirt.Address:
        """Fixed, so that a restored guest finds itself where it was."""
        return libvirt.Address(names.mac_of(self.domain), names.ip_of(self.settings.subnet, self.domain))

    @property
    def folder(self) -> Path:
        """Vagrant's data folder and settings of this VM."""
        return self.settings.run / "vagrant" / names.of_folder(self.scenario, self.machine)

    @property
    def network(self) -> libvirt.Network:
        """The network it is plugged into."""
        name = self.settings.name
        return libvirt.Network(name, self.settings.subnet, names.uuid_of(self.settings.owner, "network", name))

    @property
    def pool(self) -> libvirt.Pool:
        """The storage pool that holds its disk."""
        name = self.settings.name
        return libvirt.Pool(name, self.settings.run / "pool", names.uuid_of(self.settings.owner, "pool", name))

    @property
    def disk(self) -> Path:
        """Its disk, an overlay over the box's image; the name is vagrant-libvirt's."""
        return self.pool.path / f"{self.domain}.img"

    @property
    def port(self) -> Path:
        """The host's side of the guest's port ``lab.wake.0``, where this user may open it."""
        return self.settings.run / "ports" / names.port_of(self.domain)


def choose_subnet(settings: Settings) -> None:
    """Choose addresses for the lab's VMs that nothing else on this host has, unless that was done before.

    If the lab's network is there and only the file with its addresses was lost, the network keeps them.

    Raises:
        HostError: no addresses are free.
    """
    if settings.chosen_subnet:
        return
    own = Place(settings, "", "").network.uuid
    if standing := libvirt.subnets_of(own):
        subnet = ".".join(str(standing[0].network_address).split(".")[:2])
    else:
        subnet = _free_subnet(settings, [*libvirt.taken_subnets(but=own), *routes()])
    settings.run.mkdir(parents=True, exist_ok=True)
    fresh = settings.subnet_file.with_suffix(f".{os.getpid()}")
    fresh.write_text(subnet)
    fresh.rename(settings.subnet_file)


def _free_subnet(settings: Settings, taken: list[ipaddress.IPv4Network]) -> str:
    for subnet in settings.subnets:
        if not any(ipaddress.IPv4Network(f"{subnet}.0.0/16").overlaps(other) for other in taken):
            return subnet
    raise HostError(
        "No network 10.x.0.0/16 is free on this host for the VMs.",
        "Give up one of yours: see `ip route`.",
    )


def routes() -> list[ipaddress.IPv4Network]:
    """Return the networks that this host has a route to, except the default route (proc(5), ``net/route``)."""
    found = []
    for line in Path("/proc/net/route").read_text().splitlines()[1:]:
        _, target, _, _, _, _, _, mask, *_ = line.split()
        address, bits = (ipaddress.IPv4Address(struct.pack("=I", int(word, 16))) for word in (target, mask))
        if int(bits):
            found.append(ipaddress.IPv4Network(f"{address}/{bits}", strict=False))
    return found


def make_folder_of_ports(place: Place) -> None:
    """Make the folder for the sockets of guests' ports, such that this user may open what libvirt makes in it.

    A socket belongs to QEMU's user. An ordinary user may open it by the access list that it inherits from the folder
    (acl(5)).
    """
    folder = place.port.parent
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    if os.geteuid():
        _open_to_user(folder)


def _open_to_user(folder: Path) -> None:
    with suppress(OSError):  # a file system without such lists: libvirt's agent is asked instead, which is slower
        os.setxattr(folder, "system.posix_acl_default", _acl(os.geteuid()))


def _acl(uid: int) -> bytes:
    """Return an access control list that lets one more user do everything (Linux, posix_acl_xattr.h)."""
    whoever = 0xFFFFFFFF
    user_obj, user, group_obj, mask, other = 0x01, 0x02, 0x04, 0x10, 0x20
    entries = [(user_obj, 7, whoever), (user, 7, uid), (group_obj, 5, whoever), (mask, 7, whoever), (other, 0, whoever)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def write_settings(place: Place, hardware: Mapping[str, str | int]) -> None:
    """Write what the Vagrantfile reads: the hardware, and where the VM stands."""
    standing = {
        "name": place.machine,
        "prefix": place.domain.removesuffix(place.machine),
        "pool": place.pool.name,
        "network": place.network.name,
        "cidr": place.network.cidr,
        "mac": place.address.mac,
        "uuid": place.uuid,
        "port": str(place.port),
    }
    (place.folder / "settings.json").write_text(json.dumps({**hardware, **standing}, indent=1))


def remove(place: Place) -> None:
    """Remove the domain, its disk and Vagrant's data. Nothing happens if they are not there."""
    (place.folder / USES).unlink(missing_ok=True)  # first: what is half removed must not be brought back
    libvirt.forget(place.uuid)
    place.disk.unlink(missing_ok=True)
    place.port.unlink(missing_ok=True)
    shutil.rmtree(place.folder, ignore_errors=True)


def remove_shared(settings: Settings) -> list[str]:
    """Remove what the VMs of a lab shared, once no VM is left. Return sentences about what stays, as it is in use."""
    place = Place(settings, "", "")
    # Each VM has its folder before its disk, and for longer. What is only called like one is somebody's.
    disks = [f"{settings.name}-{folder.name}.img" for folder in (settings.run / "vagrant").glob("*")]
    told = place.network.remove() + place.pool.remove([*disks, "*_vagrant_box_image_*", BACKINGS])
    for folder in ("vagrant.d", "vagrant", "ports"):
        shutil.rmtree(settings.run / folder, ignore_errors=True)
    if not told:
        settings.subnet_file.unlink(missing_ok=True)
    return told
