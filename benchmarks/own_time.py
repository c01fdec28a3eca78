"""How much of a warm `up` is the program's own work, and not waiting for engines and guests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from benchmarks.ours import SCENARIO, clear, environment, lab, opened
from benchmarks.timing import Benchmark, Goal, Rivals, ratio, timed
from provisioning.deployment import down
from provisioning.progress import Quiet
from provisioning.settings import REPOSITORY

WHOLE = "whole warm `up`"
OWN = "the program's own processor time in it"
TICK = os.sysconf("SC_CLK_TCK")
"""How many of the units in which the kernel tells processor time make a second."""


def _own() -> float:
    """A warm `up`; seconds of processor time of the program alone, all its threads.

    The kernel tells it of a process that has ended until somebody waits for it (proc(5), ``stat``).
    """
    command = [sys.executable, "lab.py", "up", SCENARIO]
    with TemporaryFile("w+") as said:
        with subprocess.Popen(
            command, cwd=REPOSITORY, env=environment(), stdout=subprocess.DEVNULL, stderr=said
        ) as run:
            os.waitid(os.P_PID, run.pid, os.WEXITED | os.WNOWAIT)
            fields = Path(f"/proc/{run.pid}/stat").read_text().rpartition(")")[2].split()
        if run.returncode:
            said.seek(0)
            raise subprocess.CalledProcessError(run.returncode, command, stderr=said.read())
    return (int(fields[11]) + int(fields[12])) / TICK


@contextmanager
def _rivals() -> Iterator[Rivals]:
    ours = opened()
    told: dict[str, float] = {}

    def whole() -> float:
        def warm() -> None:
            told[OWN] = _own()

        down(ours.settings, SCENARIO, Quiet())
        return timed(warm)

    try:
        lab("up", SCENARIO, "--yes")
        yield {WHOLE: whole, OWN: lambda: told[OWN]}
    finally:
        clear(ours.settings)


BENCHMARK = Benchmark(
    "The program's own time",
    "The processor time of lab's process and its threads (proc(5), `stat`), without the programs that it "
    "runs, over the time that a warm `up scenario-3` takes. Part of it passes while engines work, so it is an upper "
    "bound of what the program adds.",
    WHOLE,
    5,
    _rivals,
    (Goal("the program's own time / a warm `up`", ratio(OWN, WHOLE), 0.10),),
)
