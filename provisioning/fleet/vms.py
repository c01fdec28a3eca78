"""The virtual machines of a scenario: start them from a warm state, bring them back to it, or let them go on."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import msgspec

from provisioning import playbook
from provisioning.errors import MachineError
from provisioning.fleet.group import Fresh, Group, Need
from provisioning.images.base import KIND as BASE
from provisioning.images.golden import Images
from provisioning.images.golden_vm import GOLDEN_VM, vm_target
from provisioning.images.warm import WARM, WarmState
from provisioning.machines.vm import places, power, snapshot, ssh
from provisioning.machines.vm.places import USES, Place
from provisioning.progress import Progress
from provisioning.proof.comparison import MANIFEST, manifest_key
from provisioning.scenario.model import Scenario, VmSpec
from provisioning.settings import Settings


class Vms(Group):
    """See the module."""

    specs: dict[str, VmSpec]

    def __init__(self, settings: Settings, scenario: Scenario, images: Images, progress: Progress) -> None:
        super().__init__(settings, scenario, images, progress)
        self.specs = {name: spec for name, spec in scenario.machines.items() if isinstance(spec, VmSpec)}
        self.golden = images.vms
        self._writing = threading.Lock()
        self._ssh_config: Path | None = None

    def place(self, name: str) -> Place:
        """Return where a VM stands."""
        return Place(self.settings, self.scenario.name, name)

    def warm(self, name: str) -> WarmState:
        """Return the warm state that a VM is started from."""
        return WarmState(self.images, self.place(name), self.specs[name])

    # -- what all groups do

    def connect(self, name: str) -> ssh.VirtualMachine:
        """See :class:`Group`."""
        return ssh.VirtualMachine(name, self.place(name).domain, self.write_ssh_config())

    def write_ssh_config(self) -> Path:
        """Write the OpenSSH configuration that reaches the scenario's VMs, once. Return its path."""
        with self._writing:  # they are reached side by side
            if self._ssh_config is None:
                places = [self.place(name) for name in self.specs]
                key = self.images.sources.ensure_key()
                self._ssh_config = ssh.write_ssh_config(self.settings, self.scenario.name, places, key)
            return self._ssh_config

    def hostspec(self, name: str) -> str:
        """See :class:`Group`."""
        return f"ssh://{self.place(name).domain}?ssh_config={self.write_ssh_config()}"

    def image(self, name: str) -> str:
        """See :class:`Group`."""
        return str(self.images.vms.box(self.recipe(name)).disk or "")

    def target(self, name: str) -> playbook.Target:
        """See :class:`Group`."""
        return vm_target(name, self.place(name), self.specs[name].roles, self.write_ssh_config())

    def manifest_key(self, name: str) -> str:
        """See :class:`Group`. All VMs that start from one warm state have the same manifest."""
        warm = self.warm(name)
        return manifest_key({"machine": warm.inputs(), **warm.kept()})

    def states(self, name: str, *, baked: bool) -> list[Need]:
        """See :class:`Group`."""
        warm = self.warm(name)
        return [Need(WARM, warm.key() if baked else "", warm.inputs())]

    def stale(self) -> list[str]:
        """See :class:`Group`. A VM that was made by half holds nobody's work, and is not among them."""
        other = (name for name in self.specs if self.read_uses(name) and not self._is_current(name))
        return [name for name in other if power.holds_work(self.place(name))]

    # -- up and reset

    def choose_addresses(self) -> None:
        """Choose the addresses of the lab's VMs, if the scenario has a VM and nobody chose them before.

        Raises:
            HostError: no addresses are free.
        """
        if self.specs:
            places.choose_subnet(self.settings)

    def say_if_slow(self) -> None:
        """Tell why the VMs are emulated, if they are."""
        if self.specs and (found := self.images.sources.probe()).kind == "tcg":
            self.progress.say(found.reason)

    def start(self, name: str) -> Fresh:
        """Have a VM run, with what is in it if it is there, else from its warm state.

        Raises:
            MachineError: it does not start; what is in it stays.
        """
        place = self.place(name)
        if not self._is_current(name) or not power.holds_work(place):
            return self.restore(name)
        if not power.runs(place):
            with self.progress.phase(f"Bringing back {name} with what is in it"):
                self.connect(name).hang_up()
                power.resume(place)
        return {}

    def restore(self, name: str) -> Fresh:
        """Start a VM from its warm state. What was in the VM is lost.

        Raises:
            MachineError: there is no such state, or the VM does not start from it.
        """
        warm = self.warm(name).find()
        if warm is None:
            raise MachineError(f"The warm state of {name} vanished.", "Repeat the command: it is made anew.")
        with self.progress.phase(f"Starting {name} from memory"):
            self.connect(name).hang_up()
            uses = self._uses(name)
            snapshot.restore(self.place(name), self.images.vms.box(self.recipe(name)), warm)
            self.uses_file(name).write_text(json.dumps(uses))
        return {name: uses[MANIFEST]}

    def revert(self, name: str) -> Fresh:
        """Bring a VM back to its warm state inside the QEMU that runs it. Return nothing if that cannot be done.

        Raises:
            MachineError: QEMU refused, or the guest does not answer.
        """
        running = snapshot.revertible(self.place(name)) if self._is_current(name) else ""
        if not running:
            return {}
        with self.progress.phase(f"Restoring {name} from memory"):
            self.connect(name).hang_up()
            snapshot.revert(self.place(name), running)
        return {name: self.manifest_key(name)}

    # -- what a VM uses

    def uses_file(self, name: str) -> Path:
        """Return the file that tells what a VM needs of the cache while it is there."""
        return self.place(name).folder / USES

    def read_uses(self, name: str) -> dict[str, str]:
        """See the function of this name."""
        return read_uses(self.uses_file(name))

    def _is_current(self, name: str) -> bool:
        """Return True if the VM was started from the warm state that the scenario asks for now."""
        return self.read_uses(name).get(WARM) == self.warm(name).key()

    def _uses(self, name: str) -> dict[str, str]:
        """Return what a VM needs of the cache while it is there, key by kind."""
        return {
            BASE: self.images.sources.base_key,
            GOLDEN_VM: self.golden.key(self.recipe(name)),
            WARM: self.warm(name).key(),
            MANIFEST: self.manifest_key(name),
        }


def read_uses(file: Path) -> dict[str, str]:
    """Return what a VM needs of the cache, key by kind.

    Return nothing if the file is missing, cut off or of an older format.
    """
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, str])
    except (OSError, ValueError, msgspec.DecodeError):
        return {}
