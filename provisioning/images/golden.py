"""Golden images: what the playbooks make of the base, kept by the hash of everything that goes in.

A golden image belongs to a kind of machine and a list of roles, so machines of several scenarios share one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from provisioning import playbook
from provisioning.errors import ProvisionError
from provisioning.images.golden_container import GoldenContainers
from provisioning.images.golden_vm import GoldenVms, Wanted
from provisioning.images.kind import GoldenKind, Recipe, differences
from provisioning.images.sources import Sources
from provisioning.progress import Progress
from provisioning.settings import Settings


class Images:
    """The base and the golden images of this host. Each is made once at most."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self.settings = settings
        self.progress = progress
        self.sources = Sources(settings, progress)
        self.vms = GoldenVms(self.sources)
        self.containers = GoldenContainers(self.sources)
        self._kinds: dict[str, GoldenKind] = {"vm": self.vms, "container": self.containers}

    def of(self, recipe: Recipe) -> GoldenKind:
        """Return the images of a recipe's kind."""
        return self._kinds[recipe.kind]

    def inputs(self, recipe: Recipe) -> dict[str, Any]:
        """See :meth:`provisioning.images.kind.GoldenKind.inputs`."""
        return self.of(recipe).inputs(recipe)

    def has(self, recipe: Recipe) -> bool:
        """Return True if the golden image was baked."""
        return self.of(recipe).has(recipe)

    def ensure(self, recipes: Iterable[Recipe], states: Mapping[Recipe, Wanted] | None = None) -> bool:
        """Bake the images that are missing, as many VMs at a time as the host has processors. Return True if any was.

        Of a VM that is baked, the state in ``states`` is kept as well, where this host allows it.

        Raises:
            LabError: the base, a machine or a playbook failed, or a file was edited meanwhile. No machine is left.
        """
        missing = [recipe for recipe in sorted(set(recipes)) if not self.has(recipe)]
        if not missing:
            return False
        for recipe in missing:
            self._say_why(recipe)
        self.vms.wanted = states or {}
        slow = [recipe for recipe in missing if self.of(recipe).slow]
        quick = [recipe for recipe in missing if not self.of(recipe).slow]
        for batch in batches(slow, quick, os.cpu_count() or 1):
            self._bake(batch)
        return True

    def _bake(self, recipes: list[Recipe]) -> None:
        """Bake some images in one run of the playbooks."""
        with self.machines_of(recipes) as targets:
            playbook.converge(targets, self.sources.variables(), self.settings, self.progress)
            self._require_unedited(recipes)
            with self.progress.phase("Keeping the golden images") as phase, ThreadPoolExecutor() as pool:
                list(pool.map(lambda recipe: self.of(recipe).keep(recipe, phase), recipes))

    @contextmanager
    def machines_of(self, recipes: list[Recipe]) -> Iterator[list[playbook.Target]]:
        """Have a machine of each recipe run in the block, and remove the machines after it."""
        try:
            for kind in self._kinds.values():
                kind.prepare()
            with ThreadPoolExecutor() as pool:
                yield list(pool.map(lambda recipe: self.of(recipe).start(recipe), recipes))
        finally:
            for kind in self._kinds.values():
                kind.clear([recipe for recipe in recipes if self.of(recipe) is kind])

    def _require_unedited(self, recipes: list[Recipe]) -> None:
        """Refuse to keep images whose files were edited since the baking began.

        Raises:
            ProvisionError: a file that goes into the images was edited.
        """
        edited = {
            name for recipe in recipes for name in differences(self.inputs(recipe), self.of(recipe).read_inputs(recipe))
        }
        if edited:
            raise ProvisionError(
                f"{', '.join(sorted(edited))} changed while it was baked.", "Repeat the command: it is baked anew."
            )

    def _say_why(self, recipe: Recipe) -> None:
        """Name what changed since the last image of these roles was baked."""
        wanted = self.inputs(recipe)
        earlier = [
            kept for kept in self.of(recipe).kept_inputs() if list(kept.get("roles", ())) == list(wanted["roles"])
        ]
        if earlier:
            changed = ", ".join(differences(earlier[-1], wanted))
            self.progress.say(f"The {recipe.kind} image of {', '.join(recipe.roles)} is baked anew: {changed} changed.")


def batches(slow: Sequence[Recipe], quick: Sequence[Recipe], at_once: int) -> list[list[Recipe]]:
    """Return what is baked together: ``at_once`` slow ones at a time, and all quick ones with the first of these.

    >>> vms, containers = [Recipe("vm", ())] * 3, [Recipe("container", ())]
    >>> [[recipe.kind for recipe in batch] for batch in batches(vms, containers, 2)]
    [['container', 'vm', 'vm'], ['vm']]
    """
    first, *others = [[*slow[start : start + at_once]] for start in range(0, len(slow), at_once)] or [[]]
    return [[*quick, *first], *others]
