"""What a benchmark is, and how its rivals take turns."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from provisioning.errors import LabError

Medians = Mapping[str, float]
"""The median of every rival that was measured in this run, by its name."""
Rivals = Mapping[str, Callable[[], float]]
"""What is compared: each call does the work once and gives the seconds it took."""
FAILURES = (LabError, OSError, LookupError, AssertionError, subprocess.SubprocessError)
"""What ends a rival, or a benchmark, and not the whole run."""


@dataclass(frozen=True)
class Goal:
    """A figure that is made of medians, and what it should be."""

    text: str
    figure: Callable[[Medians], float]
    at_most: float | None = None
    """None where the figure is only told."""
    unit: str = ""


@dataclass(frozen=True)
class Benchmark:
    """One comparison."""

    title: str
    note: str
    """What exactly is measured."""
    peer: str
    """The rival that the others are set against."""
    rounds: int
    rivals: Callable[[], AbstractContextManager[Rivals]]
    """Prepares the rivals, and clears up after them."""
    goals: tuple[Goal, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of a benchmark."""

    benchmark: Benchmark
    samples: dict[str, list[float]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    """Why a rival, or the benchmark as a whole (named by its title), could not be measured."""


def timed(job: Callable[[], object]) -> float:
    """Seconds that ``job`` takes."""
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def ratio(ours: str, *theirs: str) -> Callable[[Medians], float]:
    """The figure of a goal: the median of a rival over that of another, or of the fastest of several."""
    return lambda medians: medians[ours] / min(medians[name] for name in theirs)


def measure(benchmark: Benchmark, rounds: int) -> Outcome:
    """Let each rival work once a round, in turn; one that fails is left out from then on."""
    outcome = Outcome(benchmark)
    try:
        with benchmark.rivals() as rivals:
            for number in range(1, rounds + 1):
                for name, job in rivals.items():
                    if name not in outcome.failures:
                        _once(outcome, name, job, f"round {number} of {rounds}")
    except FAILURES as error:
        outcome.failures[benchmark.title] = _reason(error)
        print(f"  {benchmark.title}: {_reason(error)}", flush=True)
    return outcome


def _once(outcome: Outcome, name: str, job: Callable[[], float], when: str) -> None:
    try:
        seconds = job()
    except FAILURES as error:
        outcome.failures[name] = _reason(error)
        print(f"  {when}: {name}: {_reason(error)}", flush=True)
        return
    outcome.samples.setdefault(name, []).append(seconds)
    print(f"  {when}: {name}: {seconds:.3f} s", flush=True)


def _reason(error: Exception) -> str:
    if isinstance(error, LookupError):
        return "what it is a part of failed"
    if isinstance(error, subprocess.CalledProcessError):
        program = Path(error.cmd[0]).name
        lines = [line.strip() for line in (error.stderr or b"").decode(errors="replace").splitlines() if line.strip()]
        return f"`{program}` ended with {error.returncode}: {lines[-1] if lines else ''}"
    return str(error)


def medians(outcomes: list[Outcome]) -> Medians:
    """The medians of all rivals."""
    return {name: statistics.median(values) for outcome in outcomes for name, values in outcome.samples.items()}
