"""How many seats fit: what each takes, against what this host has. Pure arithmetic, done before a seat is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from provisioning.errors import HostError
from provisioning.scenario.model import Scenario, VmSpec

MIB = 2**20
AT_REST = 384
"""MiB that a seat takes before a VM is up: init, Docker Engine, libvirt, containers."""
EMULATOR = 128
"""MiB that QEMU takes beside a guest's memory."""
DISK = 2048
"""MiB that a learner may write, beside what all seats share."""
PROCESSES = 4000
"""Processes and threads of a seat: two hundred containers, each with a dozen of the engine's, and their own."""
IDS = 65536
"""User ids of a seat: each has a range of its own, so that root of one is nobody in another and on the host."""


@dataclass(frozen=True)
class Limits:
    """What one seat may take: more is refused to it, so that a seat does no harm to another."""

    memory: int
    """MiB."""
    disk: int = DISK
    """MiB beside what it shares."""
    processes: int = PROCESSES


@dataclass(frozen=True)
class Room:
    """What there is for new seats. What seats take that stand already is not in it."""

    memory: int
    """MiB."""
    disk: int
    """MiB."""
    processes: int
    ids: int
    """User ids."""
    addresses: int


def memory_of(scenarios: Iterable[Scenario]) -> int:
    """Return the MiB of memory that a seat needs for any one of the scenarios, its VMs touching all of theirs."""
    guests = [
        sum(spec.memory + EMULATOR for spec in scenario.machines.values() if isinstance(spec, VmSpec))
        for scenario in scenarios
    ]
    return AT_REST + max(guests, default=0)


def fitting(limits: Limits, room: Room) -> tuple[int, str]:
    """Return how many seats fit, and what there is too little of for one more.

    >>> fitting(Limits(1024), Room(memory=4000, disk=90_000, processes=32_000, ids=10**7, addresses=250))
    (3, 'memory: a seat takes 1024 MiB, and 4000 MiB are free')
    """
    takes: Mapping[str, tuple[int, int, str]] = {
        "memory": (limits.memory, room.memory, " MiB"),
        "disk": (limits.disk, room.disk, " MiB"),
        "processes": (limits.processes, room.processes, ""),
        "user ids": (IDS, room.ids, ""),
        "addresses": (1, room.addresses, ""),
    }
    counts = {name: max(0, has // each) for name, (each, has, _) in takes.items()}
    scarce = min(counts, key=lambda name: counts[name])
    each, has, unit = takes[scarce]
    return counts[scarce], f"{scarce}: a seat takes {each}{unit}, and {max(0, has)}{unit} are free"


def admit(wanted: int, limits: Limits, room: Room) -> None:
    """Refuse more new seats than fit.

    Raises:
        HostError: too many; the error tells how many fit.
    """
    fit, scarce = fitting(limits, room)
    if wanted > fit:
        raise HostError(
            f"{wanted} more seats do not fit on this host, {fit} do ({scarce}).",
            f"Ask for {fit}, or give each less with --memory or --disk." if fit else "Free some of it.",
        )
