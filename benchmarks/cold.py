"""The very first `up` on a bare Debian, everything downloaded, against the same by hand and against an older commit."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.ours import SCENARIO
from benchmarks.timing import Benchmark, Goal, Rivals, ratio
from tests.hosts.host import Host, fresh, name_of

SUITE = "bookworm"
OLDER = "3eadb83"
"""The commit that the goals are set against."""
OURS = f"first lab.py up {SCENARIO}"
PEER = "the same by hand"
UP = f"cd lab && python3 lab.py up {SCENARIO} --yes"
BY_HAND = "cd lab && sh benchmarks/cold.sh"
TOLD = ("✔ ", "• ")
"""What a line begins with that tells of a part: how long it took, or what comes next."""
WIDTH = 100


def disk_of(name: str) -> str:
    """The row of what lies on the disk afterwards."""
    return f"{name}: GB on the host's disk"


def _work(host: Host, command: str) -> float:
    """Run a command that brings the machines up, and return the seconds it takes; tell of each part when it ends."""
    argv = ["docker", "exec", host.container, "su", "-", "root", "-c", f"{command} 2>&1"]
    began, last = time.perf_counter(), ""
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace") as child:
        for line in child.stdout or ():
            last = line.strip() or last
            if line.startswith(TOLD):
                print(f"    {time.perf_counter() - began:6.1f} s: {line.strip()[:WIDTH]}", flush=True)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, [command], stderr=last.encode())
    return time.perf_counter() - began


def beside(older: str) -> Benchmark:
    """The benchmark, with what an older commit takes as one of the rivals."""
    before = f"{OURS} of {older}"
    disk: dict[str, float] = {}

    def cold(name: str, command: str, commit: str | None = None) -> float:
        with fresh(SUITE, name_of(SUITE), commit) as host:
            seconds = _work(host, command)
            disk[name] = host.disk() / 1e9
        return seconds

    @contextmanager
    def rivals() -> Iterator[Rivals]:
        yield {
            OURS: lambda: cold(OURS, UP),
            PEER: lambda: cold(PEER, BY_HAND),
            before: lambda: cold(before, UP, older),
            disk_of(OURS): lambda: disk[OURS],
            disk_of(PEER): lambda: disk[PEER],
            disk_of(before): lambda: disk[before],
        }

    return Benchmark(
        "First start on a bare host",
        "Each on a Debian 12 of its own, in a container without systemd, that holds Python and a clone: engines, tools "
        "and packages are downloaded, images made, a VM and two containers started and converged. By hand is "
        "`benchmarks/cold.sh`: one after the other, no image kept, what is no longer needed removed. Disk is what `du` "
        "finds on the host afterwards, the bare Debian with it.",
        PEER,
        1,
        rivals,
        (
            Goal("first `up scenario-3` / by hand", ratio(OURS, PEER), 0.7),
            Goal(f"first `up scenario-3` / that of {older}", ratio(OURS, before), 0.5),
            Goal(f"disk after the first `up` / after that of {older}", ratio(disk_of(OURS), disk_of(before)), 0.6),
        ),
    )


BENCHMARK = beside(OLDER)
