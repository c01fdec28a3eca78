"""List what is kept of all that was built, prune what nothing asks for any more, and keep the cache in its limit."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from provisioning import names
from provisioning.deployment import Deployment
from provisioning.errors import UsageError
from provisioning.fleet.vms import read_uses
from provisioning.images.base import KIND as BASE
from provisioning.images.cache import Entry
from provisioning.images.golden_container import BASE_REPOSITORY, GOLDEN_REPOSITORY
from provisioning.lock import locked, others_at_work
from provisioning.machines.command import run
from provisioning.machines.vm import libvirt
from provisioning.machines.vm.places import USES
from provisioning.names import MANIFEST_LABEL
from provisioning.progress import Progress
from provisioning.proof.comparison import MANIFEST
from provisioning.scenario.load import load_all
from provisioning.settings import Settings

if TYPE_CHECKING:
    from provisioning.machines.container.engine import Engine

GRACE = 600.0
"""Seconds for which an artefact counts as in use after it was asked for, while another lab is at work."""

Name = tuple[str, str]
"""Kind and key of an artefact."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """One artefact on the disk."""

    kind: str
    """``base``, ``golden-vm``, ``warm``, ``manifest`` in the cache; ``lab-base`` or ``lab-golden`` at Docker Engine."""
    key: str
    size: int
    """Bytes on disk; of a container image with all its layers, which others may share."""
    made: datetime
    last_used: datetime | None
    """When it was last asked for; Docker Engine does not know."""
    wanted: bool
    """Whether a scenario asks for it, as the scenario is now."""
    used: bool
    """Whether an existing machine of any lab on this host needs it."""


class DiskUse(msgspec.Struct, frozen=True, kw_only=True):
    """What the cache takes, in bytes."""

    size: int
    wanted: int
    """The part of it that scenarios ask for."""
    limit: float
    free: int
    """What is free on its disk."""


@dataclass(frozen=True)
class Request:
    """One artefact that a machine of a scenario is made from, as the scenario is now."""

    scenario: str
    machine: str
    kind: str
    key: str
    """Empty until the golden image, on which it depends, is baked."""
    inputs: Mapping[str, Any]
    """As long as there is no key, only the inputs that are known."""

    @property
    def name(self) -> Name:
        """Kind and key."""
        return self.kind, self.key


def every_deployment(settings: Settings, progress: Progress) -> list[Deployment]:
    """Return the deployments of all scenarios, at least one.

    Raises:
        UsageError: there is none, or one of them has a mistake.
    """
    return [Deployment(settings, scenario, progress) for scenario in load_all(settings.scenarios)]


def requests(deployment: Deployment, machine: str) -> list[Request]:
    """Return everything that a machine asks for, each made from the one before."""
    return [
        # The inputs as JSON, as they are compared with what was kept as JSON.
        Request(deployment.scenario.name, machine, need.kind, need.key, json.loads(json.dumps(need.inputs)))
        for need in deployment.group(machine).needs(machine)
    ]


def all_requests(deployments: Iterable[Deployment]) -> list[Request]:
    """Return everything that the machines of some scenarios ask for."""
    return [
        request for each in deployments for machine in each.scenario.machines for request in requests(each, machine)
    ]


def users(settings: Settings, engine: Engine) -> dict[Name, list[str]]:
    """Return all machines on this host, of every lab, running or not, by the artefacts that they need."""
    found: dict[Name, list[str]] = {}
    for file in sorted((settings.home / "run").glob(f"*/vagrant/*/{USES}")):
        lab, _, folder, _ = file.parts[-4:]
        domain = names.of_machine(lab, *(names.parse_folder(folder) or ("", folder)))
        for name in read_uses(file).items():
            found.setdefault(name, []).append(domain)
    for disk, domain in _backing_files().items():
        if disk.is_relative_to(settings.cache):
            found.setdefault((disk.parts[-3], disk.parts[-2]), []).append(domain)
    for container in engine.everyone():
        image = names.parse_image(settings.uid, container.image)
        for name in (image, (MANIFEST, container.labels.get(MANIFEST_LABEL, ""))):
            found.setdefault(name, []).append(container.name)
    return found


def _backing_files() -> dict[Path, str]:
    """Return the backing files of the disks of all domains on this host, each with a domain that needs it."""
    found: dict[Path, str] = {}
    for domain in libvirt.names():
        for disk in libvirt.disks(domain):
            told = run(["qemu-img", "info", "--force-share", "--backing-chain", "--output=json", str(disk)])
            if not told.status:  # it fails for a disk that this user may not read
                found |= {Path(each["filename"]): domain for each in json.loads(told.stdout)[1:]}
    return found


def stored(deployments: Sequence[Deployment]) -> list[Stored]:
    """Return everything kept on this host; ``deployments`` are those of all scenarios."""
    first = deployments[0]
    engine = first.images.sources.connect()
    wanted = {request.name for request in all_requests(deployments)}
    used = users(first.settings, engine)
    found = [
        Stored(
            kind=entry.kind,
            key=entry.key,
            size=entry.size,
            made=datetime.fromisoformat(entry.made),
            last_used=datetime.fromtimestamp(int(entry.used)).astimezone(),
            wanted=(entry.kind, entry.key) in wanted,
            used=(entry.kind, entry.key) in used,
        )
        for entry in first.cache.entries()
    ]
    for repository in (BASE_REPOSITORY, GOLDEN_REPOSITORY):
        for tag in engine.tags(names.of_repository(first.settings.uid, repository)):
            _, key = names.parse_image(first.settings.uid, tag)
            found.append(
                Stored(
                    kind=repository,
                    key=key,
                    size=engine.image_size(tag),
                    made=datetime.fromisoformat(engine.image_made(tag)).astimezone().replace(microsecond=0),
                    last_used=None,
                    wanted=(repository, key) in wanted,
                    used=(repository, key) in used,
                )
            )
    return sorted(found, key=lambda each: (each.kind, each.key))


def disk_use(settings: Settings, found: Iterable[Stored]) -> DiskUse:
    """Return what the cache takes of its disk. Docker's images are not counted, as they share layers."""
    cached = [each for each in found if not _is_docker(each.kind)]
    place = next(path for path in (settings.cache, *settings.cache.parents) if path.exists())
    return DiskUse(
        size=sum(each.size for each in cached),
        wanted=sum(each.size for each in cached if each.wanted),
        limit=settings.cache_limit * 1e9,
        free=shutil.disk_usage(place).free,
    )


def prune(deployments: Sequence[Deployment], *, everything: bool) -> list[Stored]:
    """Remove what no scenario asks for, or, with ``everything``, what they ask for as well. Return what was removed.

    What an existing machine of any lab needs stays in any case.
    """
    first = deployments[0]
    starting = _starting(first.settings, first.cache.entries())
    gone = []
    for each in stored(deployments):
        if each.used or (each.kind, each.key) in starting or (each.wanted and not everything):
            continue
        if _remove(first, each.kind, each.key):
            gone.append(each)
    return gone


def keep_within_limit(deployments: Sequence[Deployment], progress: Progress) -> None:
    """Remove entries of the cache that no scenario asks for and no machine needs, those used longest ago first.

    Stop within ``Settings.cache_limit``. Say so if that cannot be reached.
    """
    first = deployments[0]
    settings = first.settings
    limit, entries = settings.cache_limit * 1e9, first.cache.entries()
    size = sum(entry.size for entry in entries)
    if size <= limit:
        return
    kept = {request.name for request in all_requests(deployments)} | set(
        users(settings, first.images.sources.connect())
    )
    kept |= _starting(settings, entries)
    gone = []
    for entry in entries:
        if size <= limit:
            break
        if (entry.kind, entry.key) not in kept and _remove(first, entry.kind, entry.key):
            size -= entry.size
            gone.append(entry)
    bound = f"its limit of {settings.cache_limit:g} GB (LAB_CACHE_LIMIT)"
    if gone:
        freed = sum(entry.size for entry in gone)
        progress.say(
            f"The cache was over {bound}: {len(gone)} of its entries went, {freed / 1e9:.1f} GB, "
            "for which no scenario asks any more."
        )
    if size > limit:
        progress.say(
            f"The cache takes {size / 1e9:.1f} GB, more than {bound}, and all of it is asked for or in use: "
            "set a higher limit, or remove everything that is not in use with `python3 lab.py images prune --all`."
        )


def limit_growth(settings: Settings, progress: Progress, *, baked: bool) -> None:
    """Keep the cache within its limit, if something was baked, so that it grew."""
    if not baked:
        return
    try:
        deployments = every_deployment(settings, progress)
    except UsageError as error:  # what the broken scenario asks for is not known
        progress.say(f"The cache was not held to its limit: {error.what}")
        return
    with locked(settings, "images prune", progress):
        keep_within_limit(deployments, progress)


def forget(deployment: Deployment) -> None:
    """Remove all that was baked for one scenario, which must be down. The base stays."""
    for request in all_requests([deployment]):
        if request.key and request.kind not in (BASE, BASE_REPOSITORY):
            _remove(deployment, request.kind, request.key)


def _starting(settings: Settings, entries: Iterable[Entry]) -> set[Name]:
    """Return what another lab may be starting machines from: a machine tells what it uses only once it runs."""
    if not others_at_work(settings):
        return set()
    return {(entry.kind, entry.key) for entry in entries if entry.used > time.time() - GRACE}


def _remove(deployment: Deployment, kind: str, key: str) -> bool:
    """Remove an artefact. Return False if it stays: it is another user's, or a container needs the image."""
    if _is_docker(kind):
        return deployment.images.sources.connect().remove_image(names.of_image(deployment.settings.uid, kind, key))
    try:
        deployment.cache.remove(kind, key)
    except PermissionError:
        return False
    return True


def _is_docker(kind: str) -> bool:
    return kind in (BASE_REPOSITORY, GOLDEN_REPOSITORY)
