"""All seats at a glance: what the engine tells of them, what they say themselves, what the checks found."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, NamedTuple

import msgspec

from provisioning.errors import MachineError
from provisioning.seats.classroom import SeatStatus
from provisioning.seats.engine import Engine
from provisioning.seats.grades import Book, Grade, class_folder
from provisioning.seats.notices import Kept, Notices
from provisioning.seats.seat import HOME, Seat
from provisioning.seats.word import FOLDER, MOST, SAID, Message, Word, read_word
from provisioning.settings import Settings

SIDE_BY_SIDE = 8
"""Seats that are asked at once."""
PATIENCE = 5.0
"""Seconds that a seat's word may take to be read."""
READ = ("timeout", "--signal=KILL", "4", "head", "--bytes", str(MOST), f"{HOME}/{FOLDER}/{SAID}")
"""Prints it. (The engine's own way to read a file hangs for good at a FIFO, and no stop or removal ends then.)"""
AGAIN = 30.0
"""Seconds after which a seat that did not answer is asked again, at first."""
AWAY = 60.0
"""Seconds without a window of the page after which a learner is away."""
STUCK = 600.0
"""Seconds without a new step or task after which a learner who is there is stuck."""

Need = Literal["waves", "down", "stuck", "works", "silent", "away", "suspended", "finished"]
"""How a seat stands. ``waves``: for help. ``down``: it does not run, or was made by half. ``silent``: its page was not
opened yet. ``away``: no window is open. ``finished``: each step seen, each task met."""
ORDER: tuple[Need, ...] = ("waves", "down", "stuck", "works", "silent", "away", "suspended", "finished")
"""Who needs help first."""


class Mute(NamedTuple):
    """A seat that did not answer."""

    until: float
    """When it is asked again."""
    wait: float
    """Seconds from its silence until then."""


class Checked(msgspec.Struct, frozen=True):
    """What the last check from outside found in one scenario."""

    scenario: str
    met: int
    tasks: int
    holding: int
    checks: int
    at: str
    failed: str


class Watched(SeatStatus, frozen=True, kw_only=True):
    """One seat, as the instructor sees it now."""

    host: str
    """The server on which it stands."""
    need: Need
    word: Word | None
    """What the seat says of itself: its learner may have written it. None if it says nothing that can be read."""
    idle: int
    """Seconds since a learner who is there saw a new step or met a new task; 0 where it is not known."""
    checked: tuple[Checked, ...]
    """What is known from outside."""
    message: Message | None
    """The last one to this seat."""
    end: float
    """When the class ends, in seconds since 1970; 0 if nobody said."""


def need_of(status: SeatStatus, word: Word | None, now: float) -> Need:
    """Return how a seat stands."""
    if status.suspended and status.whole:
        return "suspended"
    if status.state != "running" or not status.whole:
        return "down"
    if word is None or not word.window:
        return "waves" if word and word.raised else "silent"
    if word.raised:
        return "waves"
    if word.scenario and not word.at:
        return "finished"
    if now - word.window > AWAY:
        return "away"
    return "stuck" if word.progressed and now - word.progressed > STUCK else "works"


def watched(status: SeatStatus, word: Word | None, grades: Iterable[Grade], kept: Kept, now: float) -> Watched:
    """Return a seat as the instructor sees it."""
    need = need_of(status, word, now)
    there = need in ("waves", "stuck", "works") and word is not None and word.progressed
    return Watched(
        **msgspec.structs.asdict(status),
        host=os.uname().nodename,
        need=need,
        word=word,
        idle=int(now - word.progressed) if word and there else 0,
        checked=tuple(_checked(grade) for grade in grades),
        message=kept.messages.get(status.seat),
        end=kept.end,
    )


def by_need(seats: Iterable[Watched]) -> list[Watched]:
    """Return seats in the order in which they need help: who waves first, who waits longest first."""

    def rank(seat: Watched) -> tuple[float, ...]:
        raised = seat.word.raised if seat.word and seat.need == "waves" else 0.0
        # To the minute: two seats that go on side by side do not change places each second.
        idle = seat.idle // 60 if seat.need == "stuck" else 0
        return ORDER.index(seat.need), raised, -idle, seat.number

    return sorted(seats, key=rank)


class Watch:
    """Asks the seats of a class, again and again."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings
        self._mute: dict[str, Mute] = {}

    def look(self, seats: Sequence[SeatStatus]) -> list[Watched]:
        """Ask the seats that run what they say. Return all, in the order in which they need help."""
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            running = [seat.seat for seat in seats if seat.state == "running"]
            words = dict(zip(running, pool.map(self._ask, running), strict=True))
        folder = class_folder(self._settings)
        kept, grades = Notices(folder).read(), Book(folder).read()
        now = time.time()
        return by_need(
            watched(
                seat,
                words.get(seat.seat),
                [each for each in grades if (each.seat, each.learner) == (seat.seat, seat.learner)],
                kept,
                now,
            )
            for seat in seats
        )

    def _ask(self, seat: str) -> Word | None:
        """Return what a seat says of itself: one small file, which a program of the seat prints.

        A seat that does not answer in time is asked again later and later.
        """
        mute = self._mute.get(seat)
        if mute and time.monotonic() < mute.until:
            return None
        try:
            done = Seat(self._engine, seat).exec(READ, timeout=PATIENCE, limit=MOST)
        except MachineError:
            wait = 2 * mute.wait if mute else AGAIN
            self._mute[seat] = Mute(time.monotonic() + wait, wait)
            return None
        self._mute.pop(seat, None)
        return read_word(done.stdout.encode(), time.time()) if not done.status and not done.cut else None


def _checked(grade: Grade) -> Checked:
    met = sum(known.met for known in grade.tasks.values())
    return Checked(grade.scenario, met, len(grade.tasks), grade.holding, grade.checks, grade.checked, grade.failed)
