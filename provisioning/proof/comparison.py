"""Write down what machines are made of when they are new, and compare them with it later."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from provisioning.errors import MachineError
from provisioning.images.cache import Cache, Inputs, key_of
from provisioning.machines import Machine
from provisioning.progress import Progress
from provisioning.proof import manifest
from provisioning.proof.manifest import Difference, Manifest

MANIFEST = "manifest"
"""The cache's kind of what a new machine is made of."""
LATE = 10.0
"""Seconds that a machine's programs may take to start before it is told that they do not run."""


@dataclass(frozen=True)
class Subject:
    """A running machine of a scenario."""

    scenario: str
    machine: Machine
    key: str
    """The key of its manifest (:func:`manifest_key`)."""
    kept: tuple[str, ...] = ()
    """The folders in it that outlive a reset. They are not looked at."""

    def take(self) -> Manifest:
        """Return what it is made of now."""
        return manifest.take(self.machine, self.kept)


def manifest_key(made_from: Inputs) -> str:
    """Return the key of a new machine's manifest, which follows from what the machine is made from."""
    return key_of({"format": manifest.FORMAT, **made_from})


def write_down(subjects: Iterable[Subject], cache: Cache, progress: Progress) -> None:
    """Write down what new machines are made of, unless that was done before for machines made from the same.

    Raises:
        MachineError: a machine does not answer.
    """
    missing = [subject for subject in subjects if cache.get(MANIFEST, subject.key) is None]
    if not missing:
        return
    named = ", ".join(subject.machine.name for subject in missing)
    with progress.phase(f"Writing down the state of {named}"), ThreadPoolExecutor() as pool:
        list(pool.map(lambda subject: _write_down(subject, cache), missing))


def _write_down(subject: Subject, cache: Cache) -> None:
    found = subject.take()
    inputs = {"machine": subject.machine.name, "scenario": subject.scenario}
    cache.build(MANIFEST, subject.key, inputs, lambda folder: manifest.write(found, folder))


def compare(subject: Subject, cache: Cache) -> list[Difference]:
    """Return in what a machine differs from what it was when it was new. Its programs may take :data:`LATE` to start.

    Raises:
        MachineError: it does not answer, or was not written down.
    """
    folder = cache.get(MANIFEST, subject.key)
    if folder is None:
        raise MachineError(
            f"What {subject.machine.name} was made of when it was new is not known.",
            f"To begin anew, without what is in it: python3 lab.py reset {subject.scenario}",
        )
    new, deadline = manifest.read(folder), time.monotonic() + LATE
    while True:
        found = manifest.differences(subject.machine.name, new, subject.take())
        if not found or time.monotonic() > deadline:
            return found
