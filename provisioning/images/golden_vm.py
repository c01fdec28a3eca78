"""The golden images of VMs: disks in the cache, by their key."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from provisioning import names, playbook
from provisioning.errors import HostError, MachineError
from provisioning.images.base import KIND as BASE
from provisioning.images.kind import GoldenKind, Recipe
from provisioning.images.sources import Sources
from provisioning.machines.command import run
from provisioning.machines.vm import disk, libvirt, places, snapshot, ssh, vagrant
from provisioning.machines.vm.places import Box, Place
from provisioning.names import BAKERY
from provisioning.progress import Phase
from provisioning.scenario.model import VmSpec

BUILD = "build-id"
GOLDEN_VM = "golden-vm"
"""The cache's kind of a VM's golden disk."""
SETTLE = """
systemctl daemon-reload
udevadm control --reload
udevadm trigger --action=add --subsystem-match=virtio-ports
rm -rf /root/.ansible
sync
echo 3 >/proc/sys/vm/drop_caches
"""
"""What the playbook changed takes effect without a new start, and nothing of its own stays in memory."""


class Wanted(Protocol):
    """A warm state that is wanted of a VM."""

    @property
    def place(self) -> Place:
        """Where a VM with this state will stand."""

    @property
    def spec(self) -> VmSpec:
        """Its hardware and its roles."""

    def keep(self, fill: Callable[[Path], None]) -> None:
        """Keep what ``fill`` writes as the state."""


class GoldenVms(GoldenKind):
    """See the module."""

    store = GOLDEN_VM
    bases = (BASE,)
    slow = True

    def __init__(self, sources: Sources) -> None:
        super().__init__(sources)
        self.wanted: Mapping[Recipe, Wanted] = {}
        """The warm states that are wanted of VMs when they are baked."""

    @property
    def public(self) -> str:
        """See :class:`GoldenKind`."""
        return self.sources.settings.vagrant_box

    def box(self, recipe: Recipe) -> Box:
        """Return the golden image as a box.

        Raises:
            MachineError: it was not baked (:meth:`provisioning.images.golden.Images.ensure` bakes it).
        """
        key = self.key(recipe)
        entry = self.sources.cache.get(GOLDEN_VM, key)
        if entry is None:
            raise MachineError(f"The golden image {key} of the VM is missing.", "Repeat the command: it is baked anew.")
        return Box(f"golden-{key}", entry / snapshot.DISK)

    def build_of(self, key: str) -> str:
        """Return the id of this baking of an image; nothing if there is no image. An overlay fits one baking only."""
        entry = self.sources.cache.find(GOLDEN_VM, key)
        return (entry / BUILD).read_text() if entry else ""

    def has(self, recipe: Recipe) -> bool:
        """See :class:`GoldenKind`."""
        return self.sources.cache.holds(GOLDEN_VM, self.key(recipe))

    def kept_inputs(self) -> list[dict[str, Any]]:
        """See :class:`GoldenKind`."""
        cache = self.sources.cache
        return [cache.inputs(each.kind, each.key) for each in cache.entries() if each.kind == GOLDEN_VM]

    def prepare(self) -> None:
        """See :class:`GoldenKind`. Nothing to do: the start of each VM clears its place."""

    def start(self, recipe: Recipe) -> playbook.Target:
        """See :class:`GoldenKind`."""
        sources, place, public = self.sources, self._place(recipe), self.public
        wanted = self._wanted(recipe)
        memory, cpus = (wanted.spec.memory, wanted.spec.cpus) if wanted else (1024, 1)
        with sources.progress.phase("Booting a VM from the base to bake it (vagrant up)") as phase:
            key = None if public else sources.ensure_key()
            box, hypervisor = self._base(), sources.hypervisor()
            vagrant.boot(place, box, memory=memory, cpus=cpus, hypervisor=hypervisor, key=key, phase=phase)
        name = self.machine(recipe)
        if key:
            return vm_target(name, place, recipe.roles, ssh.guest_config(place, key))
        return _public_target(name, place, recipe.roles, vagrant.login(place, box))

    def keep(self, recipe: Recipe, phase: Phase) -> None:
        """See :class:`GoldenKind`. A warm state that is wanted of the VM is kept first: it saves a boot."""
        place, key, build = self._place(recipe), self.sources.ensure_key(), uuid.uuid4()
        under = self._link_base(place)
        wanted = self._wanted(recipe) if under else None
        definition, overlay = "", place.folder / snapshot.DISK
        if wanted:
            phase.note("keeping the VM, disk and memory, for the next start")
            with ssh.guest(place, key) as guest:
                guest.exec(["sh", "-c", SETTLE], timeout=120)
                guest.make_ready()
            # What the playbooks wrote stays below, for golden disk and warm state alike. So each start copies 319 MB
            # and not 1120 for the role docker-engine (`images list`).
            snapshot.write_into(place, overlay)
            definition = snapshot.hold(place, wanted.place)
            snapshot.go_on(place)
        phase.note("shutting the VM down")
        with ssh.guest(place, key) as guest:
            _generalise(guest, public=bool(self.public))
            # All processes are told to end, the file systems become read-only; no unit is stopped one after the other,
            # which takes an emulated VM 5 s more. The connection may break before the answer.
            with suppress(MachineError):
                guest.exec(["systemctl", "poweroff", "--force", "--no-wall"])
        libvirt.shut_down(place.uuid)
        if wanted and under:
            written = place.folder / places.backing()
            disk.take(place, written)
            disk.rebase(written, under.name)
            disk.rebase(overlay, written.name)
            under = written
        else:
            disk.take(place, overlay)

        def fill(folder: Path) -> None:
            phase.note("writing the VM's golden disk")
            (folder / BUILD).write_text(str(build))
            golden = folder / snapshot.DISK
            over = ["-F", "qcow2", "-B", str(under)] if under else []
            result = run(["qemu-img", "convert", "-O", "qcow2", *over, str(overlay), str(golden)], timeout=600)
            if result.status:
                raise HostError(
                    f"The golden disk cannot be written: {result.stderr.strip()}", "Free space, or set LAB_HOME."
                )
            if under:
                for file in place.folder.glob(places.BACKINGS):
                    os.link(file, folder / file.name)
                disk.rebase(golden, under.name)

        def fill_warm(folder: Path) -> None:
            snapshot.describe(place, definition, folder)
            overlay.rename(folder / snapshot.DISK)
            for file in place.folder.glob(places.BACKINGS):
                file.rename(folder / file.name)
            if under:
                os.link(folder / under.name, folder / snapshot.UNDER)

        self.sources.cache.build(GOLDEN_VM, self.key(recipe), self.inputs(recipe), fill)
        if wanted:
            wanted.keep(fill_warm)

    def clear(self, recipes: list[Recipe]) -> None:
        """See :class:`GoldenKind`."""
        for recipe in recipes:
            places.remove(self._place(recipe))

    def _wanted(self, recipe: Recipe) -> Wanted | None:
        return None if self.public else self.wanted.get(recipe)

    def _place(self, recipe: Recipe) -> Place:
        settings = self.sources.settings
        if wanted := self._wanted(recipe):
            return Place(settings, names.of_bakery(self.key(recipe)), wanted.place.machine)
        return Place(settings, BAKERY, self.machine(recipe))

    def _base(self) -> Box:
        if self.public:
            return Box(self.public)
        base = self.sources.ensure_base()
        return Box(f"base-{base.key}", base.disk)

    def _link_base(self, place: Place) -> Path | None:
        """Link the disk of the base into the VM's folder, for disks that are overlays over it.

        The link holds this very file: a base that is built anew, with other versions of packages, must not take its
        place. Return None where there is no base, or links to it are forbidden, as libvirt gave it to QEMU's user.
        """
        if self.public:
            return None
        link = place.folder / places.backing()
        try:
            os.link(vagrant.volume(place, self._base()).resolve(), link)
        except OSError:
            return None
        return link


def _generalise(guest: ssh.VirtualMachine, *, public: bool) -> None:
    """Take out of the guest what must differ between the machines made from it.

    That is also whose key opens root's account: users share the image. A ``public`` box cannot be told at its start.
    """
    own = "truncate -s 0 /etc/machine-id; rm -f /var/lib/systemd/random-seed; journalctl --quiet --vacuum-size=1"
    key = "" if public else "rm -f /root/.ssh/authorized_keys; "
    guest.exec(["sh", "-c", f"{own}; {key}sync"])


def vm_target(name: str, place: Place, roles: tuple[str, ...], ssh_config: Path) -> playbook.Target:
    """Return the inventory's entry of a VM that OpenSSH reaches by a configuration of ours.

    Ansible uses its connection, which is open already or stays so: a login costs an emulated VM three seconds.
    """
    connection = {
        "ansible_host": place.domain,
        "ansible_user": "root",
        "ansible_ssh_args": "",
        "ansible_ssh_common_args": f"-F {ssh_config}",
    }
    return playbook.Target(name, "vms", roles, connection)


def _public_target(name: str, place: Place, roles: tuple[str, ...], given: Mapping[str, str]) -> playbook.Target:
    """Return the inventory's entry of a VM of a public box, from what Vagrant arranged (OpenSSH's settings)."""
    connection = {
        "ansible_host": place.address.ip,
        "ansible_user": given["User"],
        "ansible_ssh_private_key_file": given["IdentityFile"],
        "ansible_ssh_common_args": "-F /dev/null -o IdentitiesOnly=yes -o IdentityAgent=none "
        "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
    }
    return playbook.Target(name, "vms", roles, connection)
