"""What is kept of all that was built: list it, and prune what nothing asks for any more."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from provisioning.images.cache import key_of
from provisioning.images.golden import GOLDEN_REPOSITORY, GOLDEN_VM, Recipe
from provisioning.lab import MANIFEST, Lab

BASE_REPOSITORY = "lab-base"


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """One artefact on the disk."""

    kind: str
    """``base``, ``golden-vm``, ``warm``, ``manifest`` in the cache; ``lab-base`` or ``lab-golden`` at Docker Engine."""
    key: str
    size: int
    """Bytes on disk; of a container image with all its layers, which others may share."""
    wanted: bool
    """Whether a scenario, as it stands now, asks for it."""


def stored(labs: Iterable[Lab]) -> list[Stored]:
    """Everything kept on this host; ``labs`` are all the scenarios there are."""
    scenarios = list(labs)
    first = scenarios[0]
    recipes = {recipe for lab in scenarios for recipe in lab.recipes.values()}
    wanted = {("base", first.images.base_key), (BASE_REPOSITORY, first.images.base_key)}
    wanted |= {(_kind(recipe), key_of(first.images.inputs(recipe))) for recipe in recipes}
    wanted |= {(MANIFEST, lab.manifest_key(name)) for lab in scenarios for name in lab.written_down()}
    wanted |= {("warm", key) for lab in scenarios for key in lab.warm_keys()}
    found = [
        Stored(kind=entry.kind, key=entry.key, size=entry.size, wanted=(entry.kind, entry.key) in wanted)
        for entry in first.cache.entries()
    ]
    for repository in (BASE_REPOSITORY, GOLDEN_REPOSITORY):
        for tag in first.engine.tags(repository):
            key = tag.partition(":")[2]
            size = first.engine.image_size(tag)
            found.append(Stored(kind=repository, key=key, size=size, wanted=(repository, key) in wanted))
    return sorted(found, key=lambda each: (each.kind, each.key))


def prune(labs: Iterable[Lab], *, everything: bool) -> list[Stored]:
    """Remove what no scenario asks for (``everything``: all of it), and return what went.

    A machine that runs keeps what it runs on: VMs hold a link of their own to their image, and Docker keeps the
    images of its containers.
    """
    scenarios = list(labs)
    first = scenarios[0]
    gone = []
    for each in stored(scenarios):
        if each.wanted and not everything:
            continue
        if each.kind in (BASE_REPOSITORY, GOLDEN_REPOSITORY):
            if not first.engine.remove_image(f"{each.kind}:{each.key}"):
                continue
        else:
            first.cache.remove(each.kind, each.key)
        gone.append(each)
    return gone


def _kind(recipe: Recipe) -> str:
    return GOLDEN_VM if recipe.kind == "vm" else GOLDEN_REPOSITORY
