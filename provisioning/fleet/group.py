"""What the VMs and the containers of a scenario have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from provisioning import playbook
from provisioning.images.cache import Inputs
from provisioning.images.golden import Images
from provisioning.images.kind import GoldenKind, Recipe, recipe_of
from provisioning.machines import Machine
from provisioning.progress import Progress
from provisioning.proof.comparison import MANIFEST, Subject
from provisioning.scenario.model import MachineSpec, Scenario
from provisioning.settings import Settings

Fresh = dict[str, str]
"""The keys of the manifests of machines that were just made, by name."""


@dataclass(frozen=True)
class Need:
    """One of the artefacts that a machine is made from."""

    kind: str
    key: str
    """Empty until the golden image, on which it depends, is baked."""
    inputs: Inputs
    """As long as there is no key, only the inputs that are known."""


class Group(ABC):
    """The machines of one kind in a scenario, whether they run or not."""

    specs: Mapping[str, MachineSpec]
    """What the scenario asks for, by name."""
    golden: GoldenKind
    """The images that they are made from."""

    def __init__(self, settings: Settings, scenario: Scenario, images: Images, progress: Progress) -> None:
        self.settings = settings
        self.scenario = scenario
        self.images = images
        self.progress = progress

    @abstractmethod
    def connect(self, name: str) -> Machine:
        """Return the connection to a machine."""

    @abstractmethod
    def hostspec(self, name: str) -> str:
        """Return how testinfra reaches a machine (see its documentation on connection back ends)."""

    @abstractmethod
    def image(self, name: str) -> str:
        """Return where the golden image of a machine lies: Docker's name of it, or a disk's path."""

    @abstractmethod
    def target(self, name: str) -> playbook.Target:
        """Return a machine as the playbooks are applied to it."""

    @abstractmethod
    def stale(self) -> list[str]:
        """Return the machines that are there and were made from something else than the scenario asks for now."""

    @abstractmethod
    def manifest_key(self, name: str) -> str:
        """Return the key of the manifest of a machine when it is new."""

    def kept_folders(self, name: str) -> tuple[str, ...]:
        """Return the folders in a machine that outlive a reset."""
        return ()

    def states(self, name: str, *, baked: bool) -> list[Need]:
        """Return the states that a machine is started from, which are made from its golden image.

        Their keys are empty unless the image was ``baked``.
        """
        return []

    def recipe(self, name: str) -> Recipe:
        """Return what the golden image of a machine is baked from."""
        return recipe_of(self.specs[name])

    def subject(self, name: str, key: str = "") -> Subject:
        """Return a machine as the proof compares it; ``key`` is that of its manifest if it is known."""
        key = key or self.manifest_key(name)
        return Subject(self.scenario.name, self.connect(name), key, self.kept_folders(name))

    def needs(self, name: str) -> list[Need]:
        """Return everything that a machine is made from. Each artefact is made from the one before it."""
        golden, sources, recipe = self.golden, self.images.sources, self.recipe(name)
        found = [] if golden.public else [Need(base, sources.base_key, sources.base_inputs) for base in golden.bases]
        found.append(Need(golden.store, golden.key(recipe), golden.inputs(recipe)))
        baked = golden.has(recipe)
        found += self.states(name, baked=baked)
        key = self.manifest_key(name) if baked else ""
        return [*found, Need(MANIFEST, key, {"machine": name, "scenario": self.scenario.name})]
