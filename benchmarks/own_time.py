"""How much of a warm `up` is the driver's own work, and not waiting for engines and guests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.ours import SCENARIO, clear, environment, lab, opened
from benchmarks.peers import scratch
from benchmarks.timing import Benchmark, Goal, Rivals, ratio, timed
from provisioning.lab import down
from provisioning.progress import Quiet
from provisioning.settings import REPOSITORY

WHOLE = "whole warm `up`"
OWN = "the driver's own processor time in it"
HOOK = """
import atexit, os, resource

def tell():
    used = resource.getrusage(resource.RUSAGE_SELF)
    with open(os.path.join(os.environ["LAB_BENCHMARK"], str(os.getpid())), "w") as file:
        file.write(str(used.ru_utime + used.ru_stime))

atexit.register(tell)
"""
"""Python imports it at its start (``sitecustomize``): the process tells at its end what it used, without children."""


def _driver(folder: Path) -> float:
    """A warm `up`; seconds of processor time of the driver alone, all its threads."""
    env = environment() | {"PYTHONPATH": str(folder), "LAB_BENCHMARK": str(folder)}
    command = [sys.executable, "lab.py", "up", SCENARIO]
    with subprocess.Popen(command, cwd=REPOSITORY, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
        _, said = run.communicate()
    if run.returncode:
        raise subprocess.CalledProcessError(run.returncode, command, stderr=said)
    return float((folder / str(run.pid)).read_text())


@contextmanager
def _rivals() -> Iterator[Rivals]:
    ours = opened()
    told: dict[str, float] = {}

    with scratch() as folder:
        (folder / "sitecustomize.py").write_text(HOOK)

        def whole() -> float:
            def warm() -> None:
                told[OWN] = _driver(folder)

            down(ours.settings, SCENARIO, Quiet())
            return timed(warm)

        try:
            lab("up", SCENARIO, "--yes")
            yield {WHOLE: whole, OWN: lambda: told[OWN]}
        finally:
            clear(ours.settings)


BENCHMARK = Benchmark(
    "The driver's own time",
    "The processor time of the driver's process and its threads (getrusage, RUSAGE_SELF), without the programs that it "
    "runs, over the time that a warm `up scenario-3` takes. Part of it passes while engines work, so it is an upper "
    "bound of what the driver adds.",
    WHOLE,
    5,
    _rivals,
    (Goal("the driver's own time / a warm `up`", ratio(OWN, WHOLE), 0.10),),
)
