"""Explain why an artefact is there, or will be built: who asks for it, what it is made from, and what changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from provisioning import names
from provisioning.deployment import Deployment
from provisioning.errors import UsageError
from provisioning.images.base import KIND as BASE
from provisioning.images.golden_container import BASE_REPOSITORY, GOLDEN_REPOSITORY
from provisioning.images.kind import differences
from provisioning.names import INPUTS_LABEL
from provisioning.proof.comparison import MANIFEST
from provisioning.stock.store import Request, Stored, all_requests, requests, stored, users

BUILD = "build"
"""Among the inputs of a warm state: which baking of the golden image it was started from."""
FEW = 5
"""Names that a sentence holds at most."""


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """A machine of a scenario."""

    scenario: str
    machine: str


class Explanation(Stored, frozen=True, kw_only=True):
    """An artefact on the disk, and why it is there."""

    asked_by: list[Asker]
    used_by: list[str]
    """The engines' names of the machines that need it."""
    why: str
    """Why no scenario asks for it any more, in a sentence; empty if one does."""
    changed: list[str]
    """The inputs in which it differs from what scenarios ask for in its place."""
    inputs: dict[str, Any]
    """What it was made from; empty if that was not kept."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One of the artefacts that a machine is made from."""

    kind: str
    key: str
    """Empty until the golden image, on which it depends, is baked."""
    there: bool
    why: str
    """Why it will be built, in a few words; empty when it is there."""
    changed: list[str]
    """The inputs in which it differs from the most similar one that is there."""


def explain(deployments: Sequence[Deployment], prefix: str) -> Explanation:
    """Explain the artefact whose key begins with ``prefix``; ``deployments`` are those of all scenarios.

    Raises:
        UsageError: there is none, or more than one.
    """
    first = deployments[0]
    # The base and the container image made from it have one key; it is the base that tells more.
    found = {each.key: each for each in sorted(stored(deployments), key=_is_base) if each.key.startswith(prefix)}
    if not found:
        raise UsageError(
            f"{prefix!r} is neither the beginning of a key nor a scenario.",
            "See the keys with `python3 lab.py images list`, the scenarios with `python3 lab.py list`.",
        )
    if len(found) > 1:
        raise UsageError(f"{len(found)} keys begin with {prefix!r}: {_few(sorted(found))}.", "Give more of its digits.")
    (each,) = found.values()
    asked = all_requests(deployments)
    inputs = inputs_of(first, each)
    why, changed = ("", []) if each.wanted else _why_not(each.kind, inputs, asked)
    return Explanation(
        **msgspec.structs.asdict(each),
        asked_by=[Asker(scenario=r.scenario, machine=r.machine) for r in asked if r.name == (each.kind, each.key)],
        used_by=users(first.settings, first.images.sources.connect()).get((each.kind, each.key), []),
        why=why,
        changed=changed,
        inputs=inputs,
    )


def chains(deployments: Sequence[Deployment], deployment: Deployment) -> dict[str, list[Link]]:
    """Return what each machine of ``deployment``, one of ``deployments``, is made from, beginning with the base."""
    kept = [(each, inputs_of(deployment, each)) for each in stored(deployments)]

    def link(request: Request) -> Link:
        there = any((each.kind, each.key) == request.name for each, _ in kept)
        why, changed = ("", []) if there else _why_missing(request, kept)
        return Link(kind=request.kind, key=request.key, there=there, why=why, changed=changed)

    return {
        name: [link(request) for request in requests(deployment, name) if request.kind != MANIFEST]
        for name in deployment.scenario.machines
    }


def inputs_of(deployment: Deployment, each: Stored) -> dict[str, Any]:
    """Return what an artefact was made from; nothing if that was not kept."""
    if each.kind == GOLDEN_REPOSITORY:
        tag = names.of_image(deployment.settings.uid, each.kind, each.key)
        found: dict[str, Any] = json.loads(
            deployment.images.sources.connect().image_labels(tag).get(INPUTS_LABEL, "{}")
        )
        return found
    if each.kind == BASE_REPOSITORY:
        return dict(deployment.images.sources.base_inputs) if each.key == deployment.images.sources.base_key else {}
    return deployment.cache.inputs(each.kind, each.key)


def _is_base(each: Stored) -> bool:
    return each.kind == BASE


def _why_not(kind: str, inputs: Mapping[str, Any], asked: Iterable[Request]) -> tuple[str, list[str]]:
    """Return why no scenario asks for what was made from ``inputs``, and the names of those that changed."""
    if not inputs:
        return "No scenario asks for it any more; what it was made from was not kept.", []
    alike = [request for request in asked if request.kind == kind and _place(request.inputs) == _place(inputs)]
    if not alike:
        return "No scenario asks for it any more, nor for one of the same machine, roles and size.", []
    if kind == MANIFEST:
        return (
            f"No scenario asks for it any more: what {alike[0].machine} of {alike[0].scenario} is made from changed.",
            [],
        )
    changed = min((_changes(inputs, request) for request in alike), key=len)
    return f"No scenario asks for it any more: {_told(changed)}.", changed


def _why_missing(request: Request, kept: Iterable[tuple[Stored, Mapping[str, Any]]]) -> tuple[str, list[str]]:
    """Return why a request has no artefact, and the names of the inputs that changed since the most similar one."""
    alike = [
        (_changes(inputs, request), each)
        for each, inputs in kept
        if each.kind == request.kind and inputs and _place(inputs) == _place(request.inputs)
    ]
    if not alike:
        return "it was never built, or was removed", []
    changed, nearest = min(alike, key=lambda found: (len(found[0]), -found[1].made.timestamp()))
    if not changed:
        return "its golden image is baked first", []
    return f"{_told(changed)} since {nearest.key}", changed


def _place(inputs: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what two artefacts of one kind have in common if one takes the other's place."""
    golden = inputs.get("golden", inputs)
    owner = inputs.get("scenario"), inputs.get("machine")
    return sorted(golden.get("roles", ())), inputs.get("memory"), inputs.get("cpus"), owner


def _changes(before: Mapping[str, Any], request: Request) -> list[str]:
    """Return the inputs that differ; of a warm state, the baking of its golden image only if nothing else does."""
    after = request.inputs
    known = before if request.key else {name: before.get(name) for name in after}
    names = [name.removeprefix("golden/") for name in differences(known, after)]
    return [name for name in names if name != BUILD] or names


def _told(changed: Sequence[str]) -> str:
    return "its golden image was baked again" if changed == [BUILD] else f"{_few(changed)} changed"


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:FEW]) + (f" and {len(names) - FEW} more" if len(names) > FEW else "")
