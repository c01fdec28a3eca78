"""The golden images of containers: at Docker Engine, by their key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from provisioning import names, playbook
from provisioning.images.base import KIND as BASE
from provisioning.images.kind import GoldenKind, Recipe
from provisioning.images.sources import Sources
from provisioning.names import BAKERY, INPUTS_LABEL
from provisioning.progress import Phase
from provisioning.scenario.model import ContainerSpec

BASE_REPOSITORY = "lab-base"
"""Docker's repository of the base as a container image; its tag is the base's key."""
GOLDEN_REPOSITORY = "lab-golden"
"""Docker's repository of the containers' golden images."""


class GoldenContainers(GoldenKind):
    """See the module."""

    store = GOLDEN_REPOSITORY
    bases = (BASE, BASE_REPOSITORY)
    slow = False

    def __init__(self, sources: Sources) -> None:
        super().__init__(sources)
        self._tags: dict[tuple[str, str], str] = {}

    @property
    def public(self) -> str:
        """See :class:`GoldenKind`."""
        return self.sources.settings.container_image

    def tag(self, recipe: Recipe) -> str:
        """Return Docker's name of a golden image: root's image if root built one, else this user's own."""
        return self._tag(GOLDEN_REPOSITORY, self.key(recipe))

    def _tag(self, repository: str, key: str) -> str:
        shared, own = (names.of_image(uid, repository, key) for uid in (0, self.sources.settings.uid))
        if shared == own:
            return own
        if (repository, key) not in self._tags:
            self._tags[repository, key] = shared if self.sources.connect().has_image(shared) else own
        return self._tags[repository, key]

    def has(self, recipe: Recipe) -> bool:
        """See :class:`GoldenKind`."""
        return self.sources.connect().has_image(self.tag(recipe))

    def kept_inputs(self) -> list[dict[str, Any]]:
        """See :class:`GoldenKind`."""
        engine = self.sources.connect()
        own = names.of_repository(self.sources.settings.uid, GOLDEN_REPOSITORY)
        labels = [engine.image_labels(tag) for tag in engine.tags(own)]
        return [json.loads(found[INPUTS_LABEL]) for found in labels if INPUTS_LABEL in found]

    def prepare(self) -> None:
        """See :class:`GoldenKind`. First remove what a killed lab left there."""
        engine = self.sources.connect()
        engine.remove(BAKERY)
        engine.prepare(BAKERY, ())

    def start(self, recipe: Recipe) -> playbook.Target:
        """See :class:`GoldenKind`."""
        engine, name = self.sources.connect(), self.machine(recipe)
        engine.create(BAKERY, name, ContainerSpec(), self._load_base(), Path("/"), {})
        return container_target(name, engine.full_name(BAKERY, name), recipe.roles)

    def keep(self, recipe: Recipe, phase: Phase) -> None:
        """See :class:`GoldenKind`."""
        engine, label = self.sources.connect(), {INPUTS_LABEL: json.dumps(self.inputs(recipe))}
        engine.commit(engine.full_name(BAKERY, self.machine(recipe)), self.tag(recipe), label)

    def clear(self, recipes: list[Recipe]) -> None:
        """See :class:`GoldenKind`."""
        self.sources.connect().remove(BAKERY)

    def _load_base(self) -> str:
        """Return the name of the image to begin with. Load it if it is missing."""
        engine, progress = self.sources.connect(), self.sources.progress
        if public := self.public:
            if not engine.has_public_image(public):
                with progress.phase(f"Loading the container image {public}"):
                    engine.pull_image(public)
            return public
        base = self.sources.ensure_base()
        tag = self._tag(BASE_REPOSITORY, base.key)
        if not engine.has_image(tag):
            with progress.phase(f"Loading the container image {tag}"):
                engine.import_image(base.container_tar, tag)
        return tag


def container_target(name: str, full_name: str, roles: tuple[str, ...]) -> playbook.Target:
    """Return the inventory's entry of a container."""
    connection: Mapping[str, str] = {"ansible_connection": "container", "ansible_host": full_name}
    return playbook.Target(name, "containers", roles, connection)
