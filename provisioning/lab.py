"""A scenario's machines: up, reset, down. The only place that knows the order of things."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from provisioning import names, playbook
from provisioning.errors import MachineError
from provisioning.images.base import KIND as BASE
from provisioning.images.cache import Cache, key_of
from provisioning.images.golden import GOLDEN_VM, Images, Recipe, container_target, vm_target
from provisioning.lesson.checks import CheckTarget, Connection
from provisioning.machines import Kind, Machine
from provisioning.machines.container.cli import (
    Container,
    foreign,
    has_images,
    is_own,
    make_network,
    remove,
    remove_network,
)
from provisioning.machines.host import Host
from provisioning.machines.vm import libvirt, places, power, snapshot, ssh, vagrant
from provisioning.machines.vm.places import Place
from provisioning.names import MANIFEST_LABEL
from provisioning.progress import Progress
from provisioning.proof import manifest
from provisioning.scenario.model import HOST, ContainerSpec, Scenario, VmSpec
from provisioning.settings import Settings

if TYPE_CHECKING:
    from provisioning.lesson.steps import Stage
    from provisioning.machines.container.engine import Engine, Found

MANIFEST = "manifest"
"""The cache's kind of what a golden machine is made of."""
WARM = "warm"
"""The cache's kind of a VM's disk and memory after its start."""
MARK = places.MARK
CREATED = "created"
"""The engine's word for a container that never ran."""
LATE = 10.0
"""Seconds that a machine's programs may take to start before it is told that they do not run."""


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


class Lab:
    """One scenario's machines on this host, whether they run or not."""

    def __init__(self, settings: Settings, scenario: Scenario, progress: Progress) -> None:
        self.settings = settings
        self.scenario = scenario
        self.progress = progress
        self.images = Images(settings, progress)
        self.cache = self.images.cache
        self._fresh: dict[str, str] = {}
        """The machines that were made in this call, and that nobody used yet; with the keys of their manifests."""
        self.baked = False
        """Whether :func:`bake` had something to build, so that the cache grew."""

    @property
    def engine(self) -> Engine:
        """See :attr:`provisioning.images.golden.Images.engine`.

        Raises:
            HostError: it does not answer.
        """
        return self.images.engine

    @cached_property
    def vms(self) -> dict[str, VmSpec]:
        """The VMs the scenario asks for."""
        return {name: spec for name, spec in self.scenario.machines.items() if isinstance(spec, VmSpec)}

    @cached_property
    def containers(self) -> dict[str, ContainerSpec]:
        """The containers the scenario asks for."""
        return {name: spec for name, spec in self.scenario.machines.items() if isinstance(spec, ContainerSpec)}

    def place(self, machine: str) -> Place:
        """Where a VM of the scenario stands."""
        return Place(self.settings, self.scenario.name, machine)

    @cached_property
    def ssh_config(self) -> Path:
        """The OpenSSH configuration that reaches the scenario's VMs."""
        places = [self.place(name) for name in self.vms]
        return ssh.write_ssh_config(self.settings, self.scenario.name, places, self.images.key)

    def machine(self, name: str) -> Machine:
        """The connection to one machine of the scenario; ``host`` is the host itself."""
        if name == "host":
            return Host()
        if name in self.vms:
            return self._vm(name)
        return Container(name, self._container(name))

    def _vm(self, name: str) -> ssh.VirtualMachine:
        return ssh.VirtualMachine(name, self.place(name).domain, self.ssh_config)

    @property
    def machines(self) -> Mapping[str, Machine]:
        """Every machine of the scenario, and the host, by name."""
        return {name: self.machine(name) for name in ("host", *self.scenario.machines)}

    @property
    def check_target(self) -> CheckTarget:
        """How testinfra reaches the machines."""
        connections = {HOST: Connection("host", "local://")}
        for name in self.containers:
            connections[name] = Connection("container", f"docker://{self._container(name)}")
        for name in self.vms:
            connections[name] = Connection("vm", f"ssh://{self.place(name).domain}?ssh_config={self.ssh_config}")
        return CheckTarget(self.settings.name, self.scenario.name, str(self.scratch), connections)

    @property
    def scratch(self) -> Path:
        """A folder of the host that is the scenario's own: what steps and learners leave there goes with a reset."""
        return _scratch(self.settings, self.scenario.name)

    @property
    def stage(self) -> Stage:
        """Where the scenario's steps and tasks run."""
        from provisioning.lesson.results import results_of
        from provisioning.lesson.steps import Stage

        images = {
            f"LAB_IMAGE_{name.upper()}": self.images.tag(self.recipes[name]) for name, spec in self.containers.items()
        }
        disks = {f"LAB_DISK_{name.upper()}": str(self.images.box(self.recipes[name]).disk or "") for name in self.vms}
        artifacts = results_of(self.settings, self.scenario.name).artifacts
        for folder in (artifacts, self.scratch):
            folder.mkdir(parents=True, exist_ok=True)
        variables = {
            "LAB_FOLDER": str(self.scenario.folder),
            "LAB_PYTHON": sys.executable,
            "LAB_SSH_CONFIG": str(self.ssh_config),
            "LAB_ACCELERATION": self.images.driver,
            "LAB_ARTIFACTS": str(artifacts),
            "LAB_SCRATCH": str(self.scratch),
            **images,
            **disks,
        }
        return Stage(self.scenario, self.machines, self.settings.name, variables)

    def require_up(self) -> None:
        """
        Raises:
            MachineError: a machine of the scenario does not run.
        """
        running = {status.machine for status in find(self.settings, self.scenario.name) if status.state == "running"}
        absent = [name for name in self.scenario.machines if name not in running]
        if absent:
            verb = "is" if len(absent) == 1 else "are"
            raise MachineError(
                f"{', '.join(absent)} of {self.scenario.name} {verb} not up.",
                f"Run: python3 lab.py up {self.scenario.name}",
            )

    def up(self) -> None:
        """Have every machine of the scenario run, with what is in it; those that run as they should are left alone.

        Raises:
            LabError: an image, a machine or a playbook failed, or a machine that is there was made from something else
                than the scenario asks for by now: to make it anew would throw away what is in it.
        """
        if self.vms:
            places.choose_subnet(self.settings)
        self._require_current({name: power.holds_work(self.place(name)) for name in self.vms if self._is_stale(name)})
        if self.vms and self.images.acceleration.kind == "tcg":
            self.progress.say(self.images.acceleration.reason)
        with ThreadPoolExecutor() as pool:
            # VMs take longest, and have all they need: what containers need is looked at meanwhile.
            ready = {name: pool.submit(self._start_vm, name) for name in self.vms if self._warm(name)}
            with self._network_ahead(pool):
                self._require_current(self._stale_containers())
                self.bake()
            jobs = [*ready.values(), pool.submit(self._start_containers)]
            jobs += [pool.submit(self._start_vm, name) for name in self.vms if name not in ready]
            for job in jobs:
                job.result()
        self._write_down()

    @contextmanager
    def _network_ahead(self, pool: Executor) -> Iterator[None]:
        """Have the containers' network made while the SDK is imported; it goes again when that is in vain."""
        made = pool.submit(make_network, self.settings, self.scenario.name)
        try:
            yield
        except BaseException:
            if made.result():
                remove_network(self.settings.name, self.scenario.name)
            raise
        made.result()

    def bake(self) -> None:
        """See :func:`bake`.

        Raises:
            LabError: an image, a machine or a playbook failed.
        """
        bake([self])

    @cached_property
    def recipes(self) -> dict[str, Recipe]:
        """What the golden image of each machine is baked from."""
        return {name: Recipe(spec.kind, spec.roles) for name, spec in self.scenario.machines.items()}

    def reset(self) -> None:
        """Bring every machine back to its golden state: VMs from memory, containers and volumes made afresh.

        Raises:
            LabError: a machine failed, or what is baked first where a role or a setting changed.
        """
        if self.vms:
            places.choose_subnet(self.settings)
        with ThreadPoolExecutor() as pool:
            # As in `up`: what need not wait for the SDK goes first.
            reverted = {name: pool.submit(self._revert_vm, name) for name in self.vms}
            removed = pool.submit(self._remove_ahead)
            self.bake()
            removed.result()
            shutil.rmtree(self.scratch, ignore_errors=True)
            jobs = [pool.submit(self._reset_containers)]
            jobs += [pool.submit(self._restore_vm, name) for name, done in reverted.items() if not done.result()]
            for job in jobs:
                job.result()
        self._write_down()

    def prove(self) -> list[manifest.Difference]:
        """Compare every machine with what it was made of when it was golden, and the engine with what it should hold.

        Raises:
            MachineError: a machine does not answer, or was not written down when it was made.
        """
        with self.progress.phase("Comparing the machines with their golden state"), ThreadPoolExecutor() as pool:
            found = list(pool.map(self._differences, self.scenario.machines))
        wanted = self.engine.wanted(self.scenario.name, self.containers)
        strangers = manifest.differences("host", wanted, self.engine.inventory(self.scenario.name))
        return [difference for of_machine in found for difference in of_machine] + strangers

    def converge(self) -> playbook.Recap:
        """Apply the playbooks to the running machines: on golden machines nothing changes."""
        key = self.images.key
        targets = [vm_target(self.place(name), spec.roles, "root", key) for name, spec in self.vms.items()]
        targets += [container_target(name, self._container(name), spec.roles) for name, spec in self.containers.items()]
        return playbook.converge(targets, self.images.variables, self.settings, self.progress)

    # -- containers

    def _container(self, name: str) -> str:
        return names.of_machine(self.settings.name, self.scenario.name, name)

    def _start_containers(self) -> None:
        self.engine.prepare(self.scenario.name, self.containers.values())
        there = self.engine.named(self.scenario.name)
        # Asked once for each image: there may be hundreds of containers of one.
        tags = {recipe: self.images.tag(recipe) for recipe in {self.recipes[name] for name in self.containers}}
        ids = {recipe: self.engine.image_id(tag) for recipe, tag in tags.items()}

        def start(name: str) -> None:
            recipe = self.recipes[name]
            self._start_container(name, tags[recipe], self._container_key(name, ids[recipe]), there)

        with ThreadPoolExecutor() as pool:
            list(pool.map(start, self.containers))

    def _stale_containers(self) -> dict[str, bool]:
        """The containers that are there and were made from something else than the scenario asks for by now.

        One that a learner made in the place of another bears no key, and is left as it is.
        """
        there = self.engine.named(self.scenario.name)
        stale = {}
        for name in self.containers:
            found = there.get(self._container(name))
            if found and is_own(self.settings, found.labels) and found.labels.get(MANIFEST_LABEL):
                tag = self.images.tag(self.recipes[name])
                key = self._container_key(name, self.engine.image_id(tag)) if self.engine.has_image(tag) else ""
                stale[name] = found.labels[MANIFEST_LABEL] != key and found.status != CREATED
        return stale

    def _require_current(self, stale: Mapping[str, bool]) -> None:
        """
        Raises:
            MachineError: one of the machines is stale.
        """
        if names := [name for name, holds in stale.items() if holds]:
            is_, it = ("is", "it") if len(names) == 1 else ("are", "them")
            raise MachineError(
                f"{', '.join(names)} of {self.scenario.name} {is_} not made from what the scenario asks for by now (a "
                f"role, a setting or the scenario changed), and to make {it} anew would throw away what is in {it}.",
                f"Undo that change to go on with {it}; or make {it} anew: python3 lab.py reset {self.scenario.name}",
            )

    def _start_container(self, name: str, image: str, golden: str, there: Mapping[str, Found]) -> None:
        container = self._container(name)
        if found := there.get(container):
            if not is_own(self.settings, found.labels):
                raise foreign(f"container {container}")
            if found.status != CREATED:
                self.engine.resume(self.scenario.name, found)
                return
            self.engine.remove_container(found.id)  # a driver that was killed made it, and it never ran
        self._fresh[name] = golden
        spec = self.containers[name]
        self.engine.create(self.scenario.name, name, spec, image, self.scenario.folder, {MANIFEST_LABEL: golden})

    def _say_all(self, told: Iterable[str]) -> None:
        for line in told:
            self.progress.say(line)

    def _remove_ahead(self) -> None:
        """Remove the containers by their names, unless what new ones are made from has to be baked first."""
        tags = {self.images.tag(self.recipes[name]) for name in self.containers}
        if tags and has_images(tags):
            remove(self.settings, self.scenario.name)

    def _reset_containers(self) -> None:
        title = f"Making {', '.join(self.containers)} afresh" if self.containers else "Clearing the engine"
        with self.progress.phase(title):
            self._say_all(self.engine.clear(self.scenario.name))
            self._start_containers()

    # -- what golden machines are made of

    def manifest_key(self, name: str) -> str:
        """The key of what a golden machine is made of; of a VM the same for all that start from one warm state."""
        if name in self.vms:
            return key_of({"format": manifest.FORMAT, "machine": self.warm_inputs(name)})
        return self._container_key(name, self.engine.image_id(self.images.tag(self.recipes[name])))

    def _container_key(self, name: str, image: str) -> str:
        return key_of({"format": manifest.FORMAT, "image": image, "spec": repr(self.containers[name])})

    def _write_down(self) -> None:
        """Write down what the machines are made of that were just made, unless that was done before."""
        missing = {name: key for name, key in sorted(self._fresh.items()) if self.cache.get(MANIFEST, key) is None}
        self._fresh.clear()
        if missing:
            title = f"Writing down what {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} made of"
            with self.progress.phase(title), ThreadPoolExecutor() as pool:
                list(pool.map(self._write_down_one, missing, missing.values()))

    def _write_down_one(self, name: str, key: str) -> None:
        found = self._take(name)
        inputs = {"machine": name, "scenario": self.scenario.name}
        self.cache.build(MANIFEST, key, inputs, lambda folder: manifest.write(found, folder))

    def _differences(self, name: str) -> list[manifest.Difference]:
        folder = self.cache.get(MANIFEST, self.manifest_key(name))
        if folder is None:
            raise MachineError(
                f"What {name} was made of when it was golden is not known.",
                f"Begin anew: python3 lab.py down {self.scenario.name}, then up.",
            )
        golden, deadline = manifest.read(folder), time.monotonic() + LATE
        while True:
            found = manifest.differences(name, golden, self._take(name))
            if not found or time.monotonic() > deadline:
                return found

    def _take(self, name: str) -> manifest.Manifest:
        mounts = self.containers[name].mounts if name in self.containers else ()
        return manifest.take(self.machine(name), [mount.target for mount in mounts if mount.keep])

    # -- virtual machines

    def warm_inputs(self, name: str) -> dict[str, Any]:
        """Everything that decides what a VM's warm state holds.

        Its hash is the key, once the golden image was baked; before that a part of it is not known, and not told.
        """
        spec, golden = self.vms[name], self.images.inputs(self.recipes[name])
        inputs = {
            "capture": snapshot.CAPTURE,
            "golden": golden,
            "domain": self.place(name).domain if self.settings.vagrant_box else name,
            "memory": spec.memory,
            "cpus": spec.cpus,
        }
        if build := self.images.build_of(key_of(golden)):
            inputs |= {"build": build, "driver": self.images.driver}
        return inputs

    def _warm(self, name: str) -> Path | None:
        return self.cache.get(WARM, key_of(self.warm_inputs(name)))

    def ensure_warm(self, name: str) -> bool:
        """Boot a VM and keep its state, unless that was done before; whether it had to be done.

        Raises:
            MachineError: the VM does not boot, or cannot be kept.
        """
        if self._warm(name) is not None:
            return False
        spec, inputs = self.vms[name], self.warm_inputs(name)
        key = key_of(inputs)
        # The guests of a box built here can be told another name and address; who knows what runs in a public one.
        place = self.place(name) if self.settings.vagrant_box else Place(self.settings, names.of_bakery(key), name)

        def fill(folder: Path) -> None:
            with self.progress.phase(f"Booting {name} from its golden disk (vagrant up)") as phase:
                vagrant.boot(
                    place,
                    self.images.box(self.recipes[name]),
                    memory=spec.memory,
                    cpus=spec.cpus,
                    driver=self.images.driver,
                    key=self.images.key,
                    phase=phase,
                )
            with self.progress.phase(f"Keeping {name}, disk and memory, for the next start"):
                with ssh.guest(place, self.images.key) as guest:
                    guest.make_ready()
                snapshot.capture(place, folder)

        try:
            self.cache.build(WARM, key, inputs, fill)
        finally:
            places.remove(place)
        return True

    def _start_vm(self, name: str) -> None:
        place = self.place(name)
        if not self._is_marked(name) or not power.holds_work(place):
            self._restore_vm(name)
        elif not power.runs(place):
            with self.progress.phase(f"Bringing back {name} with what is in it"):
                self._vm(name).hang_up()
                power.resume(place)

    def _restore_vm(self, name: str) -> None:
        place = self.place(name)
        warm = self._warm(name)
        if warm is None:
            raise MachineError(f"The golden state of {name} vanished.", "Repeat the command: it is made anew.")
        with self.progress.phase(f"Starting {name} from memory"):
            self._vm(name).hang_up()
            uses = self._uses(name)
            self._fresh[name] = uses[MANIFEST]
            snapshot.restore(place, self.images.box(self.recipes[name]), warm)
            self._mark(name).write_text(json.dumps(uses))

    def _mark(self, name: str) -> Path:
        return self.place(name).folder / MARK

    def _uses(self, name: str) -> dict[str, str]:
        """What a VM needs of the cache while it is there, key by kind."""
        recipe = self.recipes[name]
        return {
            BASE: self.images.base_key,
            GOLDEN_VM: key_of(self.images.inputs(recipe)),
            WARM: key_of(self.warm_inputs(name)),
            MANIFEST: self.manifest_key(name),
        }

    def _is_stale(self, name: str) -> bool:
        """Whether the VM was restored from another warm state than the scenario asks for as it stands now."""
        return bool(read_mark(self._mark(name))) and not self._is_marked(name)

    def _is_marked(self, name: str) -> bool:
        """Whether the VM was restored from the warm state that the scenario asks for as it stands now."""
        return read_mark(self._mark(name)).get(WARM) == key_of(self.warm_inputs(name))

    def _revert_vm(self, name: str) -> bool:
        """Bring a VM back inside the QEMU that runs it; whether that could be done."""
        running = snapshot.revertible(self.place(name)) if self._is_marked(name) else ""
        if not running:
            return False
        with self.progress.phase(f"Restoring {name} from memory"):
            self._vm(name).hang_up()
            snapshot.revert(self.place(name), running)
        self._fresh[name] = self.manifest_key(name)
        return True


def bake(labs: Sequence[Lab]) -> None:
    """Have everything that `up` starts from in these scenarios: golden images, and the warm states of the VMs.

    What several of them share is made once, and as many VMs work side by side as the host has processors: an emulated
    one keeps one of them busy.

    Raises:
        LabError: an image, a machine or a playbook failed.
    """
    golden = labs[0].images.ensure(recipe for lab in labs for recipe in lab.recipes.values())
    states = {key_of(lab.warm_inputs(name)): (lab, name) for lab in labs for name in lab.vms}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        warm = list(pool.map(lambda state: state[0].ensure_warm(state[1]), states.values()))
    for lab in labs:
        lab.baked = golden or any(warm)


def read_mark(mark: Path) -> dict[str, str]:
    """What a VM needs of the cache, key by kind; nothing where the mark is missing, cut off or of an older format."""
    try:
        return msgspec.json.decode(mark.read_bytes(), type=dict[str, str])
    except (OSError, ValueError, msgspec.DecodeError):
        return {}


def _scratch(settings: Settings, scenario: str) -> Path:
    """The scratch folder of a scenario; of all of them when it is empty."""
    return settings.run / "scratch" / scenario


def find(settings: Settings, scenario: str = "") -> list[MachineStatus]:
    """The lab's machines on this host, of one scenario when named; asked of the engines, not of a file."""
    from provisioning.machines.container.engine import Engine

    found = []
    for container in Engine(settings).containers(scenario):
        of = names.parse_labels(container.labels)
        found.append(MachineStatus(of.scenario, of.machine, "container", container.status, container.name))
    for domain, state in libvirt.domains(settings.owner, f"{settings.name}-").items():
        if of_vm := names.parse_machine(settings.name, domain):
            found.append(MachineStatus(*of_vm, "vm", state, domain))
    return sorted((s for s in found if scenario in ("", s.scenario)), key=lambda s: (s.scenario, s.machine))


def suspend(settings: Settings, scenario: str, progress: Progress) -> None:
    """Keep the machines of a scenario, or of the whole lab, on disk: `up` goes on with them where they were.

    A VM keeps its memory, too; a container keeps its files, and its programs end.

    Raises:
        MachineError: libvirt cannot save a VM.
    """
    from provisioning.machines.container.engine import Engine

    with progress.phase(f"Suspending {scenario or 'every machine of the lab'}"), ThreadPoolExecutor() as pool:
        jobs = [pool.submit(Engine(settings).stop, scenario)]
        jobs += [
            pool.submit(libvirt.save, place.uuid)
            for place in _places(settings, scenario)
            # Asked anew: the list does not wait for a start that a killed driver left to libvirt.
            if libvirt.state(place.uuid) in ("running", "paused")
        ]
        for job in jobs:
            job.result()


def down(settings: Settings, scenario: str, progress: Progress) -> None:
    """Remove every machine, volume and network of a scenario, or of the whole lab when ``scenario`` is empty.

    Everything is found by label and name; no file is asked. Images stay: they make the next `up` fast; volumes marked
    to be kept stay, too.
    """
    from provisioning.machines.container.engine import Engine

    with progress.phase(f"Removing {scenario or 'every machine, volume and network of the lab'}"):
        engine = Engine(settings)  # first: nothing is removed where it does not answer
        shutil.rmtree(_scratch(settings, scenario), ignore_errors=True)
        told: list[str] = []
        with ThreadPoolExecutor() as pool:
            containers = pool.submit(engine.remove, scenario)
            list(pool.map(places.remove, _places(settings, scenario)))
            told += containers.result()
        if not libvirt.domains(settings.owner, f"{settings.name}-"):
            told += places.remove_shared(settings)
            Cache(settings.cache).sweep()
    for line in told:
        progress.say(line)
    for volume in engine.kept(scenario):
        progress.say(f"The volume {volume} is kept, as it is marked; to remove it: docker volume rm {volume}")


def _places(settings: Settings, scenario: str) -> list[Place]:
    """Where the VMs of a scenario stand that are there, running or not; of the whole lab when it is empty."""
    found = (status for status in find(settings, scenario) if status.kind == "vm")
    return [Place(settings, status.scenario, status.machine) for status in found]
