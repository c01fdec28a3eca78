"""The containers of a scenario, with their network and volumes: make them, make them anew, or let them go on."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from provisioning import names, playbook
from provisioning.fleet.group import Fresh, Group
from provisioning.images.golden import Images
from provisioning.images.golden_container import container_target
from provisioning.machines.container import cli
from provisioning.machines.container.cli import Container
from provisioning.names import MANIFEST_LABEL
from provisioning.progress import Progress
from provisioning.proof.comparison import manifest_key
from provisioning.scenario.model import ContainerSpec, Scenario
from provisioning.settings import Settings

if TYPE_CHECKING:
    from provisioning.machines.container.engine import Engine, Found

CREATED = "created"
"""The engine's word for a container that never ran."""


class Containers(Group):
    """See the module."""

    specs: dict[str, ContainerSpec]

    def __init__(self, settings: Settings, scenario: Scenario, images: Images, progress: Progress) -> None:
        super().__init__(settings, scenario, images, progress)
        self.specs = {name: spec for name, spec in scenario.machines.items() if isinstance(spec, ContainerSpec)}
        self.golden = images.containers

    def full_name(self, name: str) -> str:
        """Return Docker's name of a container."""
        return names.of_machine(self.settings.name, self.scenario.name, name)

    def engine(self) -> Engine:
        """See :meth:`provisioning.images.sources.Sources.connect`."""
        return self.images.sources.connect()

    # -- what all groups do

    def connect(self, name: str) -> Container:
        """See :class:`Group`."""
        return Container(name, self.full_name(name))

    def hostspec(self, name: str) -> str:
        """See :class:`Group`."""
        return f"docker://{self.full_name(name)}"

    def image(self, name: str) -> str:
        """See :class:`Group`."""
        return self.images.containers.tag(self.recipe(name))

    def target(self, name: str) -> playbook.Target:
        """See :class:`Group`."""
        return container_target(name, self.full_name(name), self.specs[name].roles)

    def manifest_key(self, name: str) -> str:
        """See :class:`Group`."""
        return self._manifest_key(name, self.engine().image_id(self.image(name)))

    def _manifest_key(self, name: str, image: str) -> str:
        return manifest_key({"image": image, "spec": repr(self.specs[name])})

    def kept_folders(self, name: str) -> tuple[str, ...]:
        """See :class:`Group`."""
        return tuple(mount.target for mount in self.specs[name].mounts if mount.keep)

    def stale(self) -> list[str]:
        """See :class:`Group`. A container that a learner made in the place of one of ours bears no key, and stays."""
        there = self.engine().named(self.scenario.name)
        return [name for name in self.specs if self._is_stale(name, there.get(self.full_name(name)))]

    def _is_stale(self, name: str, found: Found | None) -> bool:
        if not found or found.status == CREATED or not cli.is_own(self.settings, found.labels):
            return False
        key = found.labels.get(MANIFEST_LABEL)
        return bool(key) and not (self.golden.has(self.recipe(name)) and self.manifest_key(name) == key)

    # -- up and reset

    def start(self) -> Fresh:
        """Have the containers run: those that are there with what is in them, the others made from their images.

        Raises:
            HostError: a thing that is not the lab's own has a wanted name, or a port is in use.
            MachineError: the engine cannot start one.
        """
        engine, scenario = self.engine(), self.scenario.name
        engine.prepare(scenario, self.specs.values())
        there = engine.named(scenario)
        # Asked once for each image: there may be hundreds of containers of one.
        tags = {recipe: self.images.containers.tag(recipe) for recipe in map(self.recipe, self.specs)}
        ids = {recipe: engine.image_id(tag) for recipe, tag in tags.items()}

        def start(name: str) -> Fresh:
            recipe = self.recipe(name)
            return self._start(name, tags[recipe], self._manifest_key(name, ids[recipe]), there)

        with ThreadPoolExecutor() as pool:
            return {name: key for fresh in pool.map(start, self.specs) for name, key in fresh.items()}

    def _start(self, name: str, image: str, key: str, there: Mapping[str, Found]) -> Fresh:
        engine, scenario, full_name = self.engine(), self.scenario, self.full_name(name)
        if found := there.get(full_name):
            if not cli.is_own(self.settings, found.labels):
                raise cli.foreign(f"container {full_name}")
            if found.status != CREATED:
                engine.resume(scenario.name, found)
                return {}
            engine.remove_container(found.id)  # a lab that was killed made it, and it never ran
        engine.create(scenario.name, name, self.specs[name], image, scenario.folder, {MANIFEST_LABEL: key})
        return {name: key}

    def remove_ahead(self) -> None:
        """Remove the containers, unless an image has to be baked before new ones can be made."""
        tags = set(map(self.image, self.specs))
        if tags and cli.has_images(tags):
            cli.remove(self.settings, self.scenario.name)

    def remake(self) -> Fresh:
        """Make containers and volumes anew, and remove what learners made beside them.

        Raises:
            LabError: see :meth:`start`.
        """
        title = f"Making {', '.join(self.specs)} afresh" if self.specs else "Clearing the engine"
        with self.progress.phase(title):
            for line in self.engine().clear(self.scenario.name):
                self.progress.say(line)
            return self.start()
