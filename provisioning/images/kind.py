"""What the golden images of VMs and of containers have in common: a recipe, inputs, a key, and how one is baked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from provisioning import names, playbook
from provisioning.images.ansible import ansible_version
from provisioning.images.cache import hash_tree, key_of
from provisioning.images.sources import Sources
from provisioning.progress import Phase
from provisioning.scenario.model import MachineSpec


@dataclass(frozen=True, order=True)
class Recipe:
    """What a golden image is baked from, beside the base."""

    kind: Literal["vm", "container"]
    roles: tuple[str, ...]


def recipe_of(spec: MachineSpec) -> Recipe:
    """Return what the golden image of a machine is baked from."""
    return Recipe(spec.kind, spec.roles)


class GoldenKind(ABC):
    """The golden images of one kind of machine."""

    store: ClassVar[str]
    """What the images are called among all that is kept (:class:`provisioning.stock.store.Stored`)."""
    bases: ClassVar[tuple[str, ...]]
    """The kinds of what the images are made from, in the order in which one is made from the other."""
    slow: ClassVar[bool]
    """True if baking one image keeps a processor of the host busy."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._inputs: dict[Recipe, dict[str, Any]] = {}

    @property
    @abstractmethod
    def public(self) -> str:
        """The public image to begin with instead of the base; empty if the settings name none."""

    @abstractmethod
    def has(self, recipe: Recipe) -> bool:
        """Return True if the image was baked."""

    @abstractmethod
    def kept_inputs(self) -> list[dict[str, Any]]:
        """Return what the images that are there were made from, that of the latest image last."""

    @abstractmethod
    def prepare(self) -> None:
        """Make room for the machines that are baked."""

    @abstractmethod
    def start(self, recipe: Recipe) -> playbook.Target:
        """Start a machine from the base, to be baked.

        Raises:
            LabError: it does not start.
        """

    @abstractmethod
    def keep(self, recipe: Recipe, phase: Phase) -> None:
        """Keep the machine, on which the playbooks ran, as the golden image."""

    @abstractmethod
    def clear(self, recipes: list[Recipe]) -> None:
        """Remove the machines that were started."""

    def inputs(self, recipe: Recipe) -> dict[str, Any]:
        """Return everything that decides what an image holds; its hash is the key.

        Asked again it is the same, whatever was edited since: one call of the lab is about one state of the files.
        """
        if recipe not in self._inputs:
            self._inputs[recipe] = self.read_inputs(recipe)
        return self._inputs[recipe]

    def read_inputs(self, recipe: Recipe) -> dict[str, Any]:
        """Read the files anew. Return what :meth:`inputs` would be now."""
        return {
            "kind": recipe.kind,
            "base": self.public or self.sources.base_key,
            "ansible": ansible_version(),
            "variables": self.sources.variables(),
            "site.yml": hash_tree(playbook.PLAYBOOKS / "site.yml"),
            "order of roles": list(recipe.roles),
            "roles": {role: hash_tree(playbook.ROLES / role) for role in recipe.roles},
        }

    def key(self, recipe: Recipe) -> str:
        """Return the hash of the inputs."""
        return key_of(self.inputs(recipe))

    def machine(self, recipe: Recipe) -> str:
        """Return the name of the machine that is baked."""
        return names.of_baked(recipe.kind, self.key(recipe))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names of the inputs that differ, such as ``roles/common/tasks/main.yml``.

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
