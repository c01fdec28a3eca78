"""The user ids of seats: each has a range of its own, so that root of one is nobody in another, and on the host.

They are chosen here. LXD 5.0 would choose them by itself, but gives two instances that are made at once the same range,
and one that goes back to a snapshot another range than before, which it then writes to every file.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from provisioning.errors import HostError
from provisioning.seats.admission import IDS
from provisioning.seats.engine import Engine

SUBUID = Path("/etc/subuid")
USUAL = (1_000_000, 10**9)
"""First id and number of the ids that the engine takes where there is no list."""
CHOOSING = Path("/run/lock/lab-ids")
"""Held while a class of any lab chooses ids."""


def of_root(listed: str) -> tuple[int, int]:
    """Return the first of the ids that root may give to containers, and how many they are (subuid(5)).

    >>> of_root("ada:100000:65536\\nroot:1000000:131072\\n"), of_root("")
    ((1000000, 131072), (0, 0))
    """
    rows = [line.split(":") for line in listed.split()]
    ranges = [(int(first), int(count)) for user, first, count in rows if user in ("root", "0")]
    return max(ranges, key=lambda each: each[1], default=(0, 0))


def available() -> tuple[int, int]:
    """Return what :func:`of_root` returns for this host."""
    return of_root(SUBUID.read_text()) if SUBUID.exists() else USUAL


def free(first: int, count: int, taken: Collection[int]) -> list[int]:
    """Return where ranges begin that no instance has; ``taken`` is where those of instances begin.

    The first range is left to instances without ids of their own.

    >>> free(100000, 300000, [165536, 20])
    [231072, 296608]
    """
    starts = range(first + IDS, first + count - IDS + 1, IDS)
    return [start for start in starts if all(abs(start - other) >= IDS for other in taken)]


def unused(engine: Engine) -> list[int]:
    """Return where the ranges begin that no instance of any project has."""
    found = engine.query("/1.0/instances?recursion=1&all-projects=true")
    taken = [int(each["config"].get("volatile.idmap.base", 0)) for each in found]
    return free(*available(), taken)


def mapped(first: int) -> dict[str, str]:
    """Return the settings by which a seat's files get ids from ``first`` on where they are mounted, not on the disk.

    LXD 5.0 asks the kernel whether it can do that by a map without entries, which Linux 6.18 refuses. So LXC is told,
    and the engine is told that the files have their ids already, or it would write them to each file.

    >>> mapped(165536)["raw.lxc"]
    'lxc.rootfs.options = idmap=container'
    """
    kinds = ({"Isuid": True, "Isgid": False}, {"Isuid": False, "Isgid": True})
    entries = [{**kind, "Hostid": first, "Nsid": 0, "Maprange": IDS} for kind in kinds]
    return {
        "raw.lxc": "lxc.rootfs.options = idmap=container",
        "volatile.last_state.idmap": json.dumps(entries, separators=(",", ":")),
    }


@contextmanager
def chosen(engine: Engine) -> Iterator[int]:
    """Yield the first id of a range that nobody has. Nobody else chooses until the block, which takes it, has ended.

    Raises:
        HostError: there is none.
    """
    with CHOOSING.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ranges = unused(engine)
        if not ranges:
            raise HostError("No user ids are left for a seat.", f"Give root more of them in {SUBUID} and /etc/subgid.")
        yield ranges[0]
