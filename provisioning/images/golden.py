"""Golden images: what the playbooks make of the base, kept by the hash of everything that goes in.

A golden image belongs to a kind of machine and a list of roles, so machines of several scenarios share one.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from provisioning import names, playbook
from provisioning.errors import HostError, MachineError, ProvisionError
from provisioning.host.probe import Acceleration, probe_acceleration
from provisioning.images.base import Base, base_inputs, ensure_base
from provisioning.images.cache import Cache, Inputs, hash_tree, key_of
from provisioning.machines.command import run
from provisioning.machines.vm import disk, libvirt, places, ssh, vagrant
from provisioning.machines.vm.places import Box, Place
from provisioning.machines.vm.ssh import ssh_key
from provisioning.names import BAKERY, INPUTS_LABEL
from provisioning.progress import Phase, Progress
from provisioning.scenario.model import ContainerSpec
from provisioning.settings import REPOSITORY, Settings

if TYPE_CHECKING:
    from provisioning.machines.container.engine import Engine

LOCK = REPOSITORY / "provisioning" / "requirements" / "run.lock"
BUILD = "build-id"
GOLDEN_VM = "golden-vm"
"""The cache's kind of a VM's golden disk."""
BASE_REPOSITORY = "lab-base"
"""Docker's repository of the base as a container image; its tag is the base's key."""
GOLDEN_REPOSITORY = "lab-golden"
"""Docker's repository of the containers' golden images."""


@dataclass(frozen=True, order=True)
class Recipe:
    """What a golden image is baked from, beside the base."""

    kind: Literal["vm", "container"]
    roles: tuple[str, ...]


class Images:
    """Base and golden images of this host; everything is made at most once."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self.settings = settings
        self.progress = progress
        self.cache = Cache(settings.cache, settings.shared_cache)
        self.key = ssh_key(settings)
        self._inputs: dict[Recipe, dict[str, Any]] = {}
        self._tags: dict[tuple[str, str], str] = {}

    @cached_property
    def engine(self) -> Engine:
        """Docker Engine; what only VMs need does not wait for its SDK to be imported.

        Raises:
            HostError: it does not answer.
        """
        from provisioning.machines.container.engine import Engine

        return Engine(self.settings)

    @cached_property
    def base(self) -> Base:
        """The base of the VM's disk and the containers' image, built when missing."""
        return ensure_base(self.settings, self.progress)

    @property
    def base_key(self) -> str:
        """The key of the base, whether it was built or not."""
        return key_of(self.base_inputs)

    @cached_property
    def base_inputs(self) -> Inputs:
        """Everything that decides what the base holds; its hash is the key."""
        return base_inputs()

    @cached_property
    def acceleration(self) -> Acceleration:
        """Whether KVM carries a kernel on this host."""

        def kernel() -> Path | None:
            return None if self.settings.vagrant_box else self.base.kernel_image

        return probe_acceleration(self.settings, kernel)

    @property
    def driver(self) -> str:
        """libvirt's name of the hypervisor that works on this host: ``kvm``, or ``qemu`` for software emulation."""
        return "kvm" if self.acceleration.kind == "kvm" else "qemu"

    @cached_property
    def _public_key(self) -> str:
        return self.key.with_suffix(".pub").read_text().strip()

    @property
    def variables(self) -> dict[str, str | bool]:
        """What the playbooks are told, beside the roles of each machine; the key only where an image holds it."""
        public = bool(self.settings.vagrant_box)
        return {"lab_public_key": self._public_key if public else "", "lab_public_box": public}

    def inputs(self, recipe: Recipe) -> dict[str, Any]:
        """Everything that decides what a golden image holds; its hash is the key. Asked again it is the same, whatever
        was edited since: one call of the driver is about one state of the files."""
        if recipe not in self._inputs:
            self._inputs[recipe] = self._read_inputs(recipe)
        return self._inputs[recipe]

    def _read_inputs(self, recipe: Recipe) -> dict[str, Any]:
        public = self.settings.vagrant_box if recipe.kind == "vm" else self.settings.container_image
        return {
            "kind": recipe.kind,
            "base": public or self.base_key,
            "ansible": ansible_version(),
            "variables": self.variables,
            "site.yml": hash_tree(playbook.PLAYBOOKS / "site.yml"),
            "order of roles": list(recipe.roles),
            "roles": {role: hash_tree(playbook.ROLES / role) for role in recipe.roles},
        }

    def tag(self, recipe: Recipe) -> str:
        """Docker's name of a container's golden image: root's where root built it, otherwise this user's own."""
        return self._tag(GOLDEN_REPOSITORY, key_of(self.inputs(recipe)))

    def _tag(self, repository: str, key: str) -> str:
        shared, own = names.of_image(0, repository, key), names.of_image(self.settings.uid, repository, key)
        if shared == own:
            return own
        if (repository, key) not in self._tags:
            self._tags[repository, key] = shared if self.engine.has_image(shared) else own
        return self._tags[repository, key]

    def box(self, recipe: Recipe) -> Box:
        """The golden image of a VM as a box.

        Raises:
            MachineError: it was not baked (:meth:`ensure` bakes it).
        """
        key = key_of(self.inputs(recipe))
        entry = self.cache.get(GOLDEN_VM, key)
        if entry is None:
            raise MachineError(f"The golden image {key} of the VM is missing.", "Repeat the command: it is baked anew.")
        return Box(f"golden-{key}", entry / "disk.qcow2")

    def build_of(self, key: str) -> str:
        """Which baking of a golden VM this is: what lies over it is worthless over another. Empty without one."""
        entry = self.cache.find(GOLDEN_VM, key)
        return (entry / BUILD).read_text() if entry else ""

    def ensure(self, recipes: Iterable[Recipe]) -> bool:
        """Bake what is missing, as many VMs at a time as the host has processors; whether there was anything to bake.

        Raises:
            LabError: a base, a machine or a playbook failed, or was edited meanwhile; the bake machines are removed.
        """
        missing = [recipe for recipe in sorted(set(recipes)) if not self.has(recipe)]
        if not missing:
            return False
        for recipe in missing:
            self._say_why(recipe)
        for batch in batches(missing, os.cpu_count() or 1):
            self._bake(batch)
        return True

    def _bake(self, recipes: list[Recipe]) -> None:
        """Bake some images in one run of the playbooks."""
        with self._bake_machines(recipes) as targets:
            playbook.converge(list(targets.values()), self.variables, self.settings, self.progress)
            edited = {name for each in recipes for name in differences(self.inputs(each), self._read_inputs(each))}
            if edited:
                raise ProvisionError(
                    f"{', '.join(sorted(edited))} changed while it was baked.", "Repeat the command: it is baked anew."
                )
            with self.progress.phase("Keeping the golden images") as phase, ThreadPoolExecutor() as pool:
                list(pool.map(lambda recipe: self._keep(recipe, phase), recipes))

    def kept_inputs(self, kind: str) -> list[dict[str, Any]]:
        """What the golden images of a kind that are there were made from, the one made last at the end."""
        if kind == "container":
            labels = [
                self.engine.image_labels(tag)
                for tag in self.engine.tags(names.of_repository(self.settings.uid, GOLDEN_REPOSITORY))
            ]
            return [json.loads(found[INPUTS_LABEL]) for found in labels if INPUTS_LABEL in found]
        return [self.cache.inputs(e.kind, e.key) for e in self.cache.entries() if e.kind == GOLDEN_VM]

    def _say_why(self, recipe: Recipe) -> None:
        """Name what changed since the last image of these roles was baked."""
        wanted = self.inputs(recipe)
        earlier = [
            kept for kept in self.kept_inputs(recipe.kind) if list(kept.get("roles", ())) == list(wanted["roles"])
        ]
        if earlier:
            changed = ", ".join(differences(earlier[-1], wanted))
            self.progress.say(f"The {recipe.kind} image of {', '.join(recipe.roles)} is baked anew: {changed} changed.")

    def has(self, recipe: Recipe) -> bool:
        """Whether the golden image was baked."""
        if recipe.kind == "container":
            return self.engine.has_image(self.tag(recipe))
        return self.cache.holds(GOLDEN_VM, key_of(self.inputs(recipe)))

    def _name(self, recipe: Recipe) -> str:
        return names.of_baked(recipe.kind, key_of(self.inputs(recipe)))

    def _place(self, recipe: Recipe) -> Place:
        return Place(self.settings, BAKERY, self._name(recipe))

    @contextmanager
    def _bake_machines(self, recipes: list[Recipe]) -> Iterator[dict[Recipe, playbook.Target]]:
        def start(recipe: Recipe) -> playbook.Target:
            return self._bake_vm(recipe) if recipe.kind == "vm" else self._bake_container(recipe)

        try:
            self.engine.remove(BAKERY)
            self.engine.prepare(BAKERY, ())
            with ThreadPoolExecutor() as pool:
                yield dict(zip(recipes, pool.map(start, recipes), strict=True))
        finally:
            for recipe in recipes:
                if recipe.kind == "vm":
                    places.remove(self._place(recipe))
            self.engine.remove(BAKERY)

    def _bake_container(self, recipe: Recipe) -> playbook.Target:
        name = self._name(recipe)
        self.engine.create(BAKERY, name, ContainerSpec(), self._container_base(), Path("/"), {})
        return container_target(name, self.engine.full_name(BAKERY, name), recipe.roles)

    def _container_base(self) -> str:
        if public := self.settings.container_image:
            if not self.engine.has_public_image(public):
                with self.progress.phase(f"Loading the container image {public}"):
                    self.engine.pull_image(public)
            return public
        tag = self._tag(BASE_REPOSITORY, self.base.key)
        if not self.engine.has_image(tag):
            with self.progress.phase(f"Loading the container image {tag}"):
                self.engine.import_image(self.base.container_tar, tag)
        return tag

    def _bake_vm(self, recipe: Recipe) -> playbook.Target:
        place = self._place(recipe)
        public = self.settings.vagrant_box
        box = Box(public) if public else Box(f"base-{self.base.key}", self.base.disk)
        with self.progress.phase("Booting a VM from the base to bake it (vagrant up)") as phase:
            key = None if public else self.key
            vagrant.boot(place, box, memory=1024, cpus=1, driver=self.driver, key=key, phase=phase)
        if not public:
            return vm_target(place, recipe.roles, "root", self.key)
        given = vagrant.login(place, box)
        return vm_target(place, recipe.roles, given["User"], Path(given["IdentityFile"]))

    def _keep(self, recipe: Recipe, phase: Phase) -> None:
        inputs = self.inputs(recipe)
        name = self._name(recipe)
        if recipe.kind == "container":
            self.engine.commit(
                self.engine.full_name(BAKERY, name), self.tag(recipe), {INPUTS_LABEL: json.dumps(inputs)}
            )
            return
        place = self._place(recipe)
        phase.note("shutting the VM down")
        with ssh.guest(place, self.key) as guest:
            _generalise(guest, public=bool(self.settings.vagrant_box))
        libvirt.shut_down(place.uuid)

        def fill(folder: Path) -> None:
            (folder / BUILD).write_text(str(uuid.uuid4()))
            phase.note("writing the VM's golden disk")
            overlay = folder / "overlay.qcow2"
            disk.take(place, overlay)
            result = run(["qemu-img", "convert", "-O", "qcow2", str(overlay), str(folder / "disk.qcow2")], timeout=600)
            overlay.unlink()
            if result.status:
                raise HostError(
                    f"The golden disk cannot be written: {result.stderr.strip()}", "Free space, or set LAB_HOME."
                )

        self.cache.build(GOLDEN_VM, key_of(inputs), inputs, fill)


def batches(recipes: Sequence[Recipe], vms: int) -> list[list[Recipe]]:
    """What is baked together: a number of VMs at a time, the containers, which are quick, with the first of them.

    >>> [[recipe.kind for recipe in batch] for batch in batches([Recipe("container", ()), *[Recipe("vm", ())] * 3], 2)]
    [['container', 'vm', 'vm'], ['vm']]
    """
    containers = [recipe for recipe in recipes if recipe.kind == "container"]
    machines = [recipe for recipe in recipes if recipe.kind == "vm"]
    first, *others = [machines[start : start + vms] for start in range(0, len(machines), vms)] or [[]]
    return [containers + first, *others]


def _generalise(guest: ssh.VirtualMachine, *, public: bool) -> None:
    """Take out of the guest what must differ between the machines made from it.

    That is also whose key opens root's account: users share the image. A ``public`` box cannot be told at its start.
    """
    own = "truncate -s 0 /etc/machine-id; rm -f /var/lib/systemd/random-seed; journalctl --quiet --vacuum-size=1"
    key = "" if public else "rm -f /root/.ssh/authorized_keys; "
    guest.exec(["sh", "-c", f"{own}; {key}sync"])


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names of the inputs that differ, such as ``roles/common/tasks/main.yml``.

    >>> differences({"roles": {"web": {"a": "1"}}}, {"roles": {"web": {"a": "2"}}})
    ['roles/web/a']
    """
    found = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            found += [f"{name}/{inner}" for inner in differences(old, new)]
        elif old != new:
            found.append(name)
    return found


def ansible_version() -> str:
    """The version of ansible-core in the lock that `.venv` was made from.

    To ask Python which one is installed takes longer than to read everything else that decides what an image holds.
    """
    found = re.search(r"^ansible-core==(\S+)", LOCK.read_text(), re.MULTILINE)
    if found is None:
        raise HostError(f"{LOCK} names no ansible-core.", "Check the repository out anew.")
    return found[1]


def vm_target(place: Place, roles: tuple[str, ...], user: str, key: Path) -> playbook.Target:
    """The inventory's entry of a VM."""
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


def container_target(name: str, full_name: str, roles: tuple[str, ...]) -> playbook.Target:
    """The inventory's entry of a container."""
    connection: Mapping[str, str] = {"ansible_connection": "container", "ansible_host": full_name}
    return playbook.Target(name, "containers", roles, connection)
