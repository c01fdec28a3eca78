"""A scenario's machines: up, reset, down. The only place that knows the order of things."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from provisioning import names, playbook
from provisioning.errors import MachineError
from provisioning.fleet.containers import Containers
from provisioning.fleet.group import Fresh, Group
from provisioning.fleet.vms import Vms
from provisioning.images.cache import Cache
from provisioning.images.golden import Images
from provisioning.images.kind import Recipe, recipe_of
from provisioning.machines import Kind, Machine
from provisioning.machines.container import engine_of
from provisioning.machines.host import Host
from provisioning.machines.vm import libvirt, places
from provisioning.machines.vm.places import Place
from provisioning.progress import Progress
from provisioning.proof import comparison, manifest
from provisioning.scenario.model import HOST, Scenario
from provisioning.settings import Settings


@dataclass(frozen=True)
class MachineStatus:
    """One machine found on the host."""

    scenario: str
    machine: str
    kind: Kind
    state: str
    """``running`` or the engine's own word for what it is instead."""
    full_name: str
    """The container's or the domain's name."""


class Deployment:
    """One scenario's machines on this host, whether they run or not."""

    def __init__(self, settings: Settings, scenario: Scenario, progress: Progress) -> None:
        self.settings = settings
        self.scenario = scenario
        self.progress = progress
        self.images = Images(settings, progress)
        self.cache = self.images.sources.cache
        self.vms = Vms(settings, scenario, self.images, progress)
        self.containers = Containers(settings, scenario, self.images, progress)
        self._groups: dict[str, Group] = dict.fromkeys(self.vms.specs, self.vms)
        self._groups |= dict.fromkeys(self.containers.specs, self.containers)

    def group(self, name: str) -> Group:
        """Return the group that a machine belongs to: the VMs or the containers of the scenario."""
        return self._groups[name]

    def recipes(self) -> list[Recipe]:
        """Return what the golden images of the machines are baked from."""
        return [group.recipe(name) for name, group in self._groups.items()]

    def machine(self, name: str) -> Machine:
        """Return the connection to one machine of the scenario; ``host`` is the host itself."""
        return Host() if name == HOST else self.group(name).connect(name)

    @property
    def scratch(self) -> Path:
        """The scenario's own folder on the host. A reset removes what steps and learners left there."""
        return _scratch(self.settings, self.scenario.name)

    def up(self) -> bool:
        """Have every machine of the scenario run, with what is in it. Leave machines alone that run as they should.

        Return True if something was baked, so that the cache grew.

        Raises:
            LabError: an image, a machine or a playbook failed; or a machine was made from something else than the
                scenario asks for now, and to make it anew would throw away what is in it.
        """
        self.vms.choose_addresses()
        self._require_current(self.vms)
        self.vms.say_if_slow()
        with ThreadPoolExecutor() as pool:
            # VMs take longest, so those that have a warm state start first. Meanwhile see what containers need.
            ahead = {name: pool.submit(self.vms.start, name) for name in self.vms.specs if self.vms.warm(name).find()}
            self._require_current(self.containers)
            baked = self.bake()
            jobs = [*ahead.values(), pool.submit(self.containers.start)]
            jobs += [pool.submit(self.vms.start, name) for name in self.vms.specs if name not in ahead]
            fresh = [job.result() for job in jobs]
        self._write_down(fresh)
        return baked

    def reset(self) -> bool:
        """Make every machine new again: VMs from memory, containers and volumes from their images.

        Return True if something was baked, so that the cache grew.

        Raises:
            LabError: a machine failed, or an image that has to be baked first as a role or a setting changed.
        """
        self.vms.choose_addresses()
        with ThreadPoolExecutor() as pool:
            # As in `up`: first what does not need the SDK.
            reverted = {name: pool.submit(self.vms.revert, name) for name in self.vms.specs}
            removed = pool.submit(self.containers.remove_ahead)
            baked = self.bake()
            removed.result()
            shutil.rmtree(self.scratch, ignore_errors=True)
            jobs = [*reverted.values(), pool.submit(self.containers.remake)]
            jobs += [pool.submit(self.vms.restore, name) for name, done in reverted.items() if not done.result()]
            fresh = [job.result() for job in jobs]
        self._write_down(fresh)
        return baked

    def bake(self) -> bool:
        """See :func:`bake`.

        Raises:
            LabError: an image, a machine or a playbook failed.
        """
        return bake([self])

    def prove(self) -> list[manifest.Difference]:
        """Compare every machine with what it was made of when it was new, and the engine with what it should hold.

        Raises:
            MachineError: a machine does not answer, or nobody wrote down what it was made of when it was new.
        """
        with self.progress.phase("Comparing the machines with what they were when new"), ThreadPoolExecutor() as pool:
            found = list(pool.map(self._compare, self._groups))
        engine = self.images.sources.connect()
        wanted = engine.wanted(self.scenario.name, self.containers.specs)
        strangers = manifest.differences("host", wanted, engine.inventory(self.scenario.name))
        return [difference for of_machine in found for difference in of_machine] + strangers

    def converge(self) -> playbook.Recap:
        """Apply the playbooks to the running machines. On new machines nothing changes."""
        targets = [group.target(name) for name, group in self._groups.items()]
        return playbook.converge(targets, self.images.sources.variables(), self.settings, self.progress)

    def require_up(self) -> None:
        """Refuse to go on unless every machine of the scenario runs.

        Raises:
            MachineError: one of them does not run.
        """
        running = {status.machine for status in find(self.settings, self.scenario.name) if status.state == "running"}
        absent = [name for name in self.scenario.machines if name not in running]
        if absent:
            names, scenario = ", ".join(absent), self.scenario.name
            raise MachineError(
                f"{names} of {scenario} is not up." if len(absent) == 1 else f"{names} of {scenario} are not up.",
                f"Run: python3 lab.py up {scenario}",
            )

    def _require_current(self, group: Group) -> None:
        """Refuse to go on if a machine was made from something else than the scenario asks for now.

        Raises:
            MachineError: one of the machines was.
        """
        if stale := group.stale():
            raise MachineError(
                f"The scenario asks for something else by now than {', '.join(stale)} of {self.scenario.name} came "
                "from (a role, a setting or the scenario changed), and to make that anew would throw away what is in "
                "it.",
                "To go on with what there is, undo that change; to make it anew: "
                f"python3 lab.py reset {self.scenario.name}",
            )

    def _write_down(self, made: Iterable[Fresh]) -> None:
        """Write down what the new machines are made of."""
        keys = {name: key for fresh in made for name, key in fresh.items()}
        subjects = [self.group(name).subject(name, key) for name, key in sorted(keys.items())]
        comparison.write_down(subjects, self.cache, self.progress)

    def _compare(self, name: str) -> list[manifest.Difference]:
        return comparison.compare(self.group(name).subject(name), self.cache)


def bake(deployments: Sequence[Deployment]) -> bool:
    """Make what `up` starts from in these scenarios and what is missing: golden images, and warm states of VMs.

    What several scenarios share is made once. As many VMs work side by side as the host has processors, since an
    emulated VM keeps a processor busy. Return True if anything was missing, so that the cache grew.

    Raises:
        LabError: an image, a machine or a playbook failed.
    """
    recipes = [recipe for each in deployments for recipe in each.recipes()]
    wanted = [state for each in deployments for state in map(each.vms.warm, each.vms.specs)]
    baked = deployments[0].images.ensure(recipes, {recipe_of(state.spec): state for state in reversed(wanted)})
    states = {state.key(): state for state in wanted}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        kept = list(pool.map(lambda state: state.ensure(), states.values()))
    return baked or any(kept)


def _scratch(settings: Settings, scenario: str) -> Path:
    """Return the scratch folder of a scenario, or that of all scenarios if ``scenario`` is empty."""
    return settings.run / "scratch" / scenario


def find(settings: Settings, scenario: str = "") -> list[MachineStatus]:
    """Ask the engines for the lab's machines on this host. Return them, or those of one scenario if it is named."""
    found = []
    for container in engine_of(settings).containers(scenario):
        of = names.parse_labels(container.labels)
        found.append(MachineStatus(of.scenario, of.machine, "container", container.status, container.name))
    for place, state in _vms(settings, scenario).items():
        found.append(MachineStatus(place.scenario, place.machine, "vm", state, place.domain))
    return sorted((s for s in found if scenario in ("", s.scenario)), key=lambda s: (s.scenario, s.machine))


def _vms(settings: Settings, scenario: str) -> dict[Place, str]:
    """Return the places and states of the VMs of a scenario, or of the whole lab if ``scenario`` is empty."""
    found = {}
    for domain, state in libvirt.domains(settings.owner, f"{settings.name}-").items():
        of_vm = names.parse_machine(settings.name, domain)
        if of_vm and scenario in ("", of_vm[0]):
            found[Place(settings, *of_vm)] = state
    return found


def suspend(settings: Settings, scenario: str, progress: Progress) -> None:
    """Stop the machines of a scenario, or of the whole lab, such that `up` goes on with them where they were.

    A VM keeps its memory on disk. A container keeps its files, but its programs end.

    Raises:
        MachineError: libvirt cannot save a VM.
    """
    with progress.phase(f"Suspending {scenario or 'every machine of the lab'}"), ThreadPoolExecutor() as pool:
        jobs = [pool.submit(engine_of(settings).stop, scenario)]
        jobs += [
            pool.submit(libvirt.save, place.uuid)
            for place in _vms(settings, scenario)
            # Ask again: the list does not wait for a start that a killed lab left to libvirt.
            if libvirt.state(place.uuid) in ("running", "paused")
        ]
        for job in jobs:
            job.result()


def down(settings: Settings, scenario: str, progress: Progress) -> None:
    """Remove every machine, volume and network of a scenario, or of the whole lab when ``scenario`` is empty.

    Everything is found by label and name, not by a file. Images stay: they make the next `up` fast; volumes
    that are to be kept stay, too.
    """
    with progress.phase(f"Removing {scenario or 'every machine, volume and network of the lab'}"):
        engine = engine_of(settings)  # first: if it does not answer, nothing is removed
        shutil.rmtree(_scratch(settings, scenario), ignore_errors=True)
        told: list[str] = []
        with ThreadPoolExecutor() as pool:
            containers = pool.submit(engine.remove, scenario)
            list(pool.map(places.remove, _vms(settings, scenario)))
            told += containers.result()
        if not libvirt.domains(settings.owner, f"{settings.name}-"):
            told += places.remove_shared(settings)
            Cache(settings.cache).sweep()
    for line in told:
        progress.say(line)
    for volume in engine.kept(scenario):
        progress.say(f"The volume {volume} is kept, as its label says; to remove it: docker volume rm {volume}")
