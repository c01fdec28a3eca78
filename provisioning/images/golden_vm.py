"""The golden images of VMs: disks in the cache, by their key."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any

from provisioning import playbook
from provisioning.errors import HostError, MachineError
from provisioning.images.base import KIND as BASE
from provisioning.images.kind import GoldenKind, Recipe
from provisioning.machines.command import run
from provisioning.machines.vm import disk, libvirt, places, ssh, vagrant
from provisioning.machines.vm.places import Box, Place
from provisioning.names import BAKERY
from provisioning.progress import Phase

BUILD = "build-id"
GOLDEN_VM = "golden-vm"
"""The cache's kind of a VM's golden disk."""


class GoldenVms(GoldenKind):
    """See the module."""

    store = GOLDEN_VM
    bases = (BASE,)
    slow = True

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
        return Box(f"golden-{key}", entry / "disk.qcow2")

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
        with sources.progress.phase("Booting a VM from the base to bake it (vagrant up)") as phase:
            key = None if public else sources.ensure_key()
            box, hypervisor = self._base(), sources.hypervisor()
            vagrant.boot(place, box, memory=1024, cpus=1, hypervisor=hypervisor, key=key, phase=phase)
        if key:
            return vm_target(place, recipe.roles, "root", key)
        given = vagrant.login(place, box)
        return vm_target(place, recipe.roles, given["User"], Path(given["IdentityFile"]))

    def keep(self, recipe: Recipe, phase: Phase) -> None:
        """See :class:`GoldenKind`."""
        place, inputs = self._place(recipe), self.inputs(recipe)
        phase.note("shutting the VM down")
        with ssh.guest(place, self.sources.ensure_key()) as guest:
            _generalise(guest, public=bool(self.public))
        libvirt.shut_down(place.uuid)

        def fill(folder: Path) -> None:
            build = uuid.uuid4()
            (folder / BUILD).write_text(str(build))
            phase.note("writing the VM's golden disk")
            overlay, golden = folder / "overlay.qcow2", folder / "disk.qcow2"
            disk.take(place, overlay)
            base = None if self.public else _link_base(vagrant.volume(place, self._base()), folder, build)
            if base:
                overlay.rename(golden)
                result = run(["qemu-img", "rebase", "-u", "-F", "qcow2", "-b", base.name, str(golden)])
            else:
                result = run(["qemu-img", "convert", "-O", "qcow2", str(overlay), str(golden)], timeout=600)
                overlay.unlink()
            if result.status:
                raise HostError(
                    f"The golden disk cannot be written: {result.stderr.strip()}", "Free space, or set LAB_HOME."
                )

        self.sources.cache.build(GOLDEN_VM, self.key(recipe), inputs, fill)

    def clear(self, recipes: list[Recipe]) -> None:
        """See :class:`GoldenKind`."""
        for recipe in recipes:
            places.remove(self._place(recipe))

    def _place(self, recipe: Recipe) -> Place:
        return Place(self.sources.settings, BAKERY, self.machine(recipe))

    def _base(self) -> Box:
        if self.public:
            return Box(self.public)
        base = self.sources.ensure_base()
        return Box(f"base-{base.key}", base.disk)


def _link_base(disk_of_base: Path, folder: Path, build: uuid.UUID) -> Path | None:
    """Link the disk of the base into a folder, beside the golden disk that is an overlay over it.

    The link holds this very file: a base that is built anew, with other versions of packages, must not take its place.
    Return None where links to it are forbidden, as libvirt gave it to QEMU's user.
    """
    link = folder / vagrant.backing(build)
    try:
        os.link(disk_of_base.resolve(), link)
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


def vm_target(place: Place, roles: tuple[str, ...], user: str, key: Path) -> playbook.Target:
    """Return the inventory's entry of a VM."""
    return playbook.Target(
        place.machine,
        "vms",
        roles,
        {
            "ansible_host": place.address.ip,
            "ansible_user": user,
            "ansible_ssh_private_key_file": str(key),
            "ansible_ssh_common_args": "-F /dev/null -o IdentitiesOnly=yes -o IdentityAgent=none "
            "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
        },
    )
