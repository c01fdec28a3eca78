"""A class of up to thirty seats: how soon they stand, what they take, how soon they are new, how soon a key shows."""

from __future__ import annotations

import json
import os
import pty
import select
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.ours import SCENARIO, clear, environment, lab
from benchmarks.reset import USE
from benchmarks.timing import Benchmark, Goal, Rivals, ratio, timed
from provisioning import names
from provisioning.errors import MachineError
from provisioning.host.doctor import available_memory
from provisioning.progress import Quiet
from provisioning.seats.admission import Limits, fitting
from provisioning.seats.classroom import Classroom
from provisioning.seats.engine import connect
from provisioning.seats.seat import Seat
from provisioning.settings import load_settings

SEATS, FEW, BUSY, KEYS = 30, 4, 5, 100
LIMITS = Limits(memory=704, disk=1400)
"""What lets thirty fit on 24 GiB. By itself, `class up` promises a seat of this scenario 1024 MiB, and 2048 of disk."""
OF_ROOT = ("Golden seat: packages", "Golden seat: the engine takes it")

GOLDEN = "the golden seat, from a kept root and baked images"
ONE = "`class up`: one more seat"
FOUR = f"`class up`: {FEW} more seats, for each"
STOOD = "seats that stood at once"
ALL = "`class up`: all of them"
CHECK = "`class check` of all, each of them green"
MEMORY = "memory of a seat at rest, told in GB"
ECHO = f"a key in a seat's shell, {BUSY} seats busy: median"
ECHO_LATE = f"a key in a seat's shell, {BUSY} seats busy: 95th percentile"
RESET = "`class reset` of all after heavy use"
SINGLE = "`class reset` of each, one after the other, after heavy use"
BARE = f"`lab.py up {SCENARIO}` on the host, {FEW} at once, for each"
SEAT = "`class up` of all, for each"


@dataclass
class _Class:
    """The class of the benchmark's lab."""

    classroom: Classroom
    told: dict[str, float] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many seats fit, thirty at most."""
        return min(SEATS, fitting(LIMITS, self.classroom.room(()))[0])

    def up(self, count: int) -> list[dict[str, str | float]]:
        """Have so many seats stand. Return what took how long."""
        limits = (f"--memory={LIMITS.memory}", f"--disk={LIMITS.disk}")
        said = lab("class", "up", SCENARIO, f"--seats={count}", *limits, "--yes", "--json")
        phases: list[dict[str, str | float]] = json.loads(said)["phases"]
        return phases

    def golden(self) -> float:
        lab("class", "down")
        engine = self.classroom.engine
        engine.ask("delete", "--force", names.of_golden_seat(self.classroom.settings.name))
        parts = {str(each["phase"]): float(each["seconds"]) for each in self.up(1)}
        return sum(took for part, took in parts.items() if part.startswith("Golden seat") and part not in OF_ROOT)

    def four(self) -> float:
        return timed(lambda: self.up(2 + FEW)) / FEW

    def all(self) -> float:
        lab("class", "down")
        count, before = self.count, _available()
        seconds = timed(lambda: self.up(count))
        seats = self.seats()
        self.told |= {STOOD: len(seats), SEAT: seconds / len(seats), MEMORY: (before - _available()) / len(seats) / 1e9}
        return seconds

    def bare(self) -> float:
        lab("class", "down")  # without seats beside it
        return _bare()

    def seats(self) -> list[Seat]:
        return [Seat(self.classroom.engine, each.seat) for each in self.classroom.status()]

    def use(self) -> None:
        """Use all seats heavily."""
        with ThreadPoolExecutor(FEW) as pool:
            for done in pool.map(lambda seat: seat.exec(["sh", "-c", USE], timeout=300), self.seats()):
                if done.status:
                    raise MachineError(f"A seat cannot be used: {done.stderr.strip()}", "Read what it says.")

    def reset(self) -> float:
        self.use()
        return timed(lambda: lab("class", "reset"))

    def singles(self) -> float:
        self.use()
        return sum(timed(partial(lab, "class", "reset", seat.name)) for seat in self.seats())

    def echo(self) -> float:
        first, *others = self.seats()
        busy = [
            subprocess.Popen(
                each.shell_argv(terminal=False, inside=("sh", "-c", "yes | md5sum")),
                env={**os.environ, **each.engine.environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for each in others[:BUSY]
        ]
        try:
            found = _typed(first)
        finally:
            for process, seat in zip(busy, others, strict=False):
                seat.exec(["pkill", "-x", "yes"])
                process.communicate()
        self.told[ECHO_LATE] = statistics.quantiles(found, n=20)[-1]
        return statistics.median(found)


def _typed(seat: Seat) -> list[float]:
    """Seconds from a key to its echo in a shell of the seat, through the engine."""
    argv = seat.shell_argv(inside=("sh", "-c", "echo ready; exec cat >/dev/null"))
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(argv[0], argv, {**os.environ, **seat.engine.environment})  # noqa: S606
    try:
        said = b""
        while b"ready" not in said:
            said += os.read(terminal, 1000)
        found = []
        for _ in range(KEYS):
            began = time.perf_counter()
            os.write(terminal, b"x")
            while b"x" not in os.read(terminal, 100):
                pass
            found.append(time.perf_counter() - began)
            select.select([terminal], [], [], 0.04)  # as somebody types
        return found
    finally:
        os.write(terminal, b"\x04\x04")
        os.close(terminal)
        os.waitpid(child, 0)


def _available() -> int:
    """Bytes that programs can still get, the kernel having given back what it can."""
    subprocess.run(["sync"], check=True)
    Path("/proc/sys/vm/drop_caches").write_text("3")
    return available_memory()


def _bare() -> float:
    """Seconds for each of some labs on the host, which no wall parts."""
    labs = [f"labbench{number}" for number in range(FEW)]

    try:
        with ThreadPoolExecutor(FEW) as pool:
            return timed(lambda: list(pool.map(lambda name: lab("up", SCENARIO, "--yes", name=name), labs))) / FEW
    finally:
        for name in labs:
            clear(load_settings(environment(name=name)))


@contextmanager
def _rivals() -> Iterator[Rivals]:
    settings = load_settings(environment())
    lab("setup", "--class", "--yes")
    ours = _Class(Classroom(settings, connect(settings), Quiet()))

    def told(name: str) -> Callable[[], float]:
        return lambda: ours.told[name]

    try:
        yield {
            GOLDEN: ours.golden,
            ONE: lambda: timed(lambda: ours.up(2)),
            FOUR: ours.four,
            ALL: ours.all,
            STOOD: told(STOOD),
            SEAT: told(SEAT),
            MEMORY: told(MEMORY),
            CHECK: lambda: timed(lambda: lab("class", "check")),
            ECHO: ours.echo,
            ECHO_LATE: told(ECHO_LATE),
            RESET: ours.reset,
            SINGLE: ours.singles,
            BARE: ours.bare,
        }
    finally:
        with suppress(subprocess.CalledProcessError):
            lab("class", "down", "--all")


BENCHMARK = Benchmark(
    "A class",
    f"A seat of {SCENARIO} holds a VM and two containers, and is up when all three are. It may take {LIMITS.memory} "
    f"MiB of memory and {LIMITS.disk} of disk, so that up to {SEATS} fit; there are as many as admission lets stand. "
    "`class up` and `class reset` are whole processes. Memory is what this host has less with all seats at rest, "
    "caches dropped, over their number. Of a key: from a pseudo-terminal of this host through the engine to a program "
    "in the seat and back, without browser and page. Heavy use is that of the benchmark `reset`, in the seat itself. "
    f"The peer: `lab.py up {SCENARIO}` of several labs on the host, without walls, a VM and two containers each; {FEW} "
    f"at once, over {FEW}.",
    BARE,
    1,
    _rivals,
    (
        Goal("golden seat ready, from a kept root and baked images", lambda found: found[GOLDEN], None, "s"),
        Goal("one more seat, machines up", lambda found: found[ONE], 8.0, "s"),
        Goal(f"the same, {FEW} at once, for each", lambda found: found[FOUR], 4.0, "s"),
        Goal("seats that admission let stand", lambda found: found[STOOD]),
        Goal("all of them up", lambda found: found[ALL], 300.0, "s"),
        Goal("memory of a seat at rest", lambda found: found[MEMORY] * 1000, 500.0, "MB"),
        Goal("`class reset` of all / one after the other", ratio(RESET, SINGLE), 0.7),
        Goal("`class reset` of all", lambda found: found[RESET], 90.0, "s"),
        Goal("a key in a seat's shell: 95th percentile", lambda found: found[ECHO_LATE] * 1000, 100.0, "ms"),
        Goal("a seat of `class up` / a `lab.py up` on the host", ratio(SEAT, BARE)),
    ),
)
