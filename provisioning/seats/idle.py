"""Which seats stand still because nobody is there, or because the class is over: decided here, outside of every seat.

The gate tells when a learner does something: a request, or keys that are typed. What a seat says of itself counts for
nothing. A learner is warned on the page before a seat is suspended.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass

from provisioning import names
from provisioning.errors import BusyError, LabError, MachineError
from provisioning.lock import locked
from provisioning.machines.command import run
from provisioning.progress import Quiet
from provisioning.seats.classroom import RUNNING, Suspended, suspended_of
from provisioning.seats.engine import Engine
from provisioning.seats.grades import class_folder
from provisioning.seats.notices import Notices, notice_of, tell
from provisioning.seats.seat import Seat
from provisioning.seats.word import Pause
from provisioning.settings import Settings

USUAL = 120.0
"""Minutes of silence after which a seat is suspended, where the instructor says nothing else."""
GRACE = 300.0
"""Seconds from the end of the class until its seats are suspended."""
WARNING = 300.0
"""Seconds that a learner is warned before, at most; half of the silence goes by without a word."""
LOOK = 5.0
"""Seconds between two looks at what the engine says of the seats."""
TICK = 1.0
"""Seconds between two looks at the end of the class, which cost nothing."""
SHELL = 30
"""Seconds after which a program that the engine runs in a seat is taken for a shell of the instructor's."""
TELLERS = 8
"""Seats that are told at once."""


@dataclass
class Known:
    """What is known of a seat."""

    acted: float
    """When somebody was last active in it."""
    done: float = 0.0
    """The end of the class that does not concern it: it was made to run after that."""
    runs: bool = True


@dataclass(frozen=True)
class Found:
    """A seat, as the engine tells of it."""

    name: str
    holder: str
    """Its learner; the seat's own name where it has none."""
    runs: bool
    suspended: Suspended


def over(end: float, now: float) -> bool:
    """Return True if a class is over, and the time that its seats have after that."""
    return bool(end) and end + GRACE <= now


def pause_of(known: Known, end: float, patience: float) -> Pause | None:
    """Return when a seat that runs is to be suspended; None for never. Both are seconds, 0 for none.

    >>> pause_of(Known(acted=100.0), 0.0, 60.0)
    Pause(at=160.0, why='silence')
    >>> pause_of(Known(acted=9000.0), 100.0, 60.0)
    Pause(at=400.0, why='over')
    >>> pause_of(Known(acted=9000.0, done=100.0), 100.0, 0.0)
    """
    pauses = [Pause(known.acted + patience, "silence")] if patience else []
    if end and end != known.done:
        pauses.append(Pause(end + GRACE, "over"))
    return min(pauses, key=lambda each: each.at, default=None)


def is_near(pause: Pause, patience: float, now: float) -> bool:
    """Return True if a learner is to be warned."""
    ahead = WARNING if pause.why == "over" else min(WARNING, patience / 2)
    return pause.at - ahead <= now


class Idle:
    """Watches the seats of a class, as long as its gate runs."""

    def __init__(self, settings: Settings, engine: Engine, patience: float) -> None:
        self._settings, self._engine = settings, engine
        self._patience = patience
        """Seconds of silence after which a seat is suspended; 0 for never."""
        self.still: dict[str, Suspended] = {}
        """By learner, why the seat is suspended, as the engine last told."""
        self._notices = Notices(class_folder(settings))
        self._acted: dict[str, float] = {}
        self._known: dict[str, Known] = {}
        self._warned: frozenset[str] = frozenset()
        """The learners who are warned."""
        self._news = asyncio.Event()
        self._tellers = ThreadPoolExecutor(TELLERS, "teller")

    def acted(self, holder: str) -> None:
        """Note that a learner does something."""
        self._acted[holder] = time.time()
        if holder in self._warned:
            self._news.set()

    async def watch(self) -> None:
        """Warn, suspend and resume, until it is cancelled."""
        looked, known = float("-inf"), 0.0
        while True:
            try:
                end = self._notices.read().end
                if self._news.is_set() or end != known or time.monotonic() - looked > LOOK:
                    self._news.clear()
                    looked, known = time.monotonic(), end
                    if await asyncio.to_thread(self._look):
                        self._news.set()
            except (LabError, OSError):
                pass  # an engine that does not answer now is asked again
            except Exception:  # what nobody thought of stands in the gate's log
                traceback.print_exc()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), TICK)

    async def wake(self, holder: str) -> bool:
        """Have a learner's seat go on that was suspended for silence. Return False if the class is over.

        Raises:
            LabError: the engine refused.
        """
        woken = await asyncio.to_thread(self._wake, holder)
        self._news.set()
        return woken

    def close(self) -> None:
        """Tell nobody any more."""
        self._tellers.shutdown(wait=False, cancel_futures=True)

    # -- in a thread

    def _wake(self, holder: str) -> bool:
        now, end = time.time(), self._notices.read().end
        for found in self._find():
            if found.holder == holder and found.suspended == "silence":
                if over(end, now) and self._of(found, end, now).done != end:
                    return False
                with suppress(BusyError), self._alone():  # else the page asks again
                    Seat(self._engine, found.name).resume()
        return True

    def _look(self) -> bool:
        """Warn, suspend and resume. Return True if seats were suspended or resumed, so that a look is due."""
        now, kept = time.time(), self._notices.read()
        seats = self._find()
        woken = {found.name for found in seats if self._heed(found, kept.end, now)}
        pauses, shells = self._near(seats, kept.end, now), frozenset[str]()
        if pauses:
            shells = sessions(self._engine.project)
            for name in shells & set(pauses):
                self._known[name].acted = now
            pauses = self._near(seats, kept.end, now)
        due = {name: pauses[name] for name in pauses if pauses[name].at <= now}
        late = {found.name for found in seats if found.suspended == "over" and not over(kept.end, now)}
        warned = {name: pause for name, pause in pauses.items() if name not in due}
        self._warned = frozenset(found.holder for found in seats if found.name in warned)
        self.still = {found.holder: found.suspended for found in seats if found.suspended}
        changed = self._notices.pause(warned)
        for found in seats:
            if found.runs and found.name in changed | woken and found.name not in due:
                self._tellers.submit(self._tell, found.name, found.name in shells)
        return bool(due or late) and self._move(due, late)

    def _heed(self, found: Found, end: float, now: float) -> bool:
        """Take in how a seat stands. Return True if it runs again: then its silence begins anew."""
        known = self._of(found, end, now)
        woken = found.runs and not known.runs
        if woken:
            known.acted, known.done = now, end if over(end, now) else 0.0
        known.acted, known.runs = max(known.acted, self._acted.get(found.holder, 0.0)), found.runs
        return woken

    def _of(self, found: Found, end: float, now: float) -> Known:
        return self._known.setdefault(found.name, Known(now, end if over(end, now) else 0.0, found.runs))

    def _near(self, seats: Iterable[Found], end: float, now: float) -> dict[str, Pause]:
        """Return, by seat, what is to come so soon that its learner is warned, or that is due."""
        coming = {found.name: pause_of(self._known[found.name], end, self._patience) for found in seats if found.runs}
        return {name: pause for name, pause in coming.items() if pause and is_near(pause, self._patience, now)}

    def _move(self, due: Mapping[str, Pause], late: Set[str]) -> bool:
        """Suspend and resume seats. Return False if none was: it is tried again later, as while a verb is at work."""
        moved = False
        with suppress(BusyError), self._alone():
            for found in self._find():  # who had the class before may have changed them
                with suppress(MachineError):  # a seat that the engine refuses does not keep the others waiting
                    if found.runs and found.name in due:
                        self._suspend(found, due[found.name])
                        moved = True
                    elif found.suspended == "over" and found.name in late:
                        Seat(self._engine, found.name).resume()
                        moved = True
        return moved

    def _suspend(self, found: Found, pause: Pause) -> None:
        known = self._known[found.name]
        if pause.why == "silence" and self._acted.get(found.holder, 0.0) > known.acted:
            return  # somebody came back at the last moment
        Seat(self._engine, found.name).suspend(pause.why)
        known.runs = False

    def _alone(self) -> AbstractContextManager[None]:
        return locked(self._settings, "class serve", Quiet(), wait=False)

    def _find(self) -> list[Found]:
        return [
            Found(
                each["name"],
                each["config"].get(names.LEARNER) or each["name"],
                each["status"].lower() == RUNNING,
                suspended_of(each),
            )
            for each in self._engine.instances()
            if names.parse_seat(self._engine.lab, each["name"]) is not None
        ]

    def _tell(self, name: str, present: bool) -> None:
        tell(Seat(self._engine, name), notice_of(self._notices.read(), name, present=present))


def sessions(project: str, age: int = SHELL) -> frozenset[str]:
    """Return the seats in which the engine has run a program for ``age`` seconds: the instructor is there.

    The engine itself cannot be asked: it keeps what it calls a running operation for ever whose client went away with
    its terminal (seen with LXD 5.0). Nobody in a seat is the host's root, whatever a program there is called.
    """
    options = ("--older", str(age), "--euid", "0", "--list-full", "--full")
    found = run(("pgrep", *options, f"forkexec {project}_")).stdout
    return frozenset(_seats_of(found, project))


def _seats_of(listed: str, project: str) -> Iterator[str]:
    """Yield the seats in which the engine's own programs, as ``pgrep --list-full`` shows them, run something.

    >>> list(_seats_of("2 /usr/bin/lxd forkexec lab-class_lab-seat01 /var/lib/lxd/containers -- cmd bash", "lab-class"))
    ['lab-seat01']
    """
    for line in listed.splitlines():
        words = line.split()
        if len(words) > 3 and words[2] == "forkexec":
            yield words[3].removeprefix(f"{project}_")
