"""What a seat and its class tell each other: two small files in a folder that only a seat has.

The page's server in the seat writes :data:`SAID` and reads :data:`NOTICE`; the class does the reverse. Root of the seat
can write both: what a seat says is its own word, read with limits and shown as text.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from provisioning.inert import line
from provisioning.lesson.results import Outcome
from provisioning.scenario.model import Scenario
from provisioning.settings import Settings

FOLDER, SAID, NOTICE = "seat", "said.json", "notice.json"
MOST = 16 * 1024
"""Bytes that a seat's word may have; with each of its fields as long as it may be, it has fewer."""
LETTERS = 500
"""Letters that a message may have."""

Count = Annotated[int, Meta(ge=0, le=10_000)]
Time = Annotated[float, Meta(ge=0)]
"""Seconds since 1970; 0 for never."""
Name = Annotated[str, Meta(max_length=64)]


class Terminal(msgspec.Struct, frozen=True):
    """A terminal that the learner has open."""

    id: Annotated[str, Meta(pattern="^[0-9a-f]{12}$")]
    machine: Annotated[str, Meta(pattern="^[a-z][a-z0-9]{0,15}$")]


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What a seat says of itself."""

    scenario: Name = ""
    """The one that the learner is at; empty before any."""
    seen: Count = 0
    """Steps that were run."""
    steps: Count = 0
    """Steps that there are."""
    met: Count = 0
    """Tasks whose goal the seat's own check saw met."""
    tasks: Count = 0
    """Tasks that there are."""
    hints: Count = 0
    """Hints that were opened."""
    at: Name = ""
    """The step or the task that comes next; empty after the last."""
    raised: Time = 0.0
    """Since when the learner waves for help."""
    progressed: Time = 0.0
    """When a step was seen, or a task met, that was not before."""
    active: Time = 0.0
    """When the learner last typed, or had something done."""
    window: Time = 0.0
    """When the learner's page was last open."""
    heard: Name = ""
    """The key of the notice that the page shows."""
    terminals: Annotated[tuple[Terminal, ...], Meta(max_length=40)] = ()


class Message(msgspec.Struct, frozen=True):
    """What the instructor says to a learner."""

    text: Annotated[str, Meta(max_length=LETTERS)]
    at: Time
    """When it was sent."""


class Pause(msgspec.Struct, frozen=True):
    """That a seat is to be suspended."""

    at: Time
    why: Literal["silence", "over"]
    """As nobody is active in it, or as the class is over."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What the class tells a seat."""

    message: Message | None = None
    end: Time = 0.0
    """When the class ends; 0 if nobody said."""
    pause: Pause | None = None
    """What the learner is warned of."""
    present: bool = False
    """True while the instructor has a terminal open in the seat."""

    @property
    def key(self) -> str:
        """What tells two notices apart."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]


# Made here, by one thread: threads that are at once the first to decode into a structure end Python by SIGSEGV, as
# msgspec 0.22 keeps what it learns of a structure before that is complete.
WORD = msgspec.json.Decoder(Word)
NOTICED = msgspec.json.Decoder(Notice)


def folder_of(settings: Settings) -> Path | None:
    """Return the folder of the two files; None if this lab is not a seat's."""
    folder = settings.home / FOLDER
    return folder if folder.is_dir() else None


def read_word(said: bytes, now: float) -> Word | None:
    """Return what a seat says; None if that cannot be read. Nothing in it is later than ``now``, or unfit to be shown.

    >>> read_word(b'{"seen": 2, "steps": 5, "window": 9e9}', 100.0).window
    100.0
    >>> read_word(b'{"seen": -1}', 100.0)
    """
    try:
        word = WORD.decode(said)
    except (msgspec.DecodeError, RecursionError):  # which is also raised for what does not fit
        return None
    times = {name: min(getattr(word, name), now) for name in ("raised", "progressed", "active", "window")}
    texts = {name: line(getattr(word, name), 64) for name in ("scenario", "at", "heard")}
    return msgspec.structs.replace(word, **times, **texts)


def read_notice(told: bytes) -> Notice | None:
    """Return what the class tells; None if that cannot be read."""
    try:
        return NOTICED.decode(told)
    except (msgspec.DecodeError, RecursionError):
        return None


def standing(word: Word, scenario: Scenario, outcome: Outcome, now: float) -> Word:
    """Return the word with how far the learner is in a scenario."""
    seen = {each.step for each in outcome.evidence}
    met = {name for name, verdict in outcome.tasks.items() if verdict.passed}
    steps, tasks = [step.id for step in scenario.steps], [task.id for task in scenario.tasks]
    to_come = [step for step in steps if step not in seen] + [task for task in tasks if task not in met]
    fresh = msgspec.structs.replace(
        word,
        scenario=scenario.name,
        seen=len(seen.intersection(steps)),
        steps=len(steps),
        met=len(met.intersection(tasks)),
        tasks=len(tasks),
        hints=sum(outcome.hints.values()),
        at=next(iter(to_come), ""),
    )
    went_on = (fresh.scenario, fresh.seen, fresh.met) != (word.scenario, word.seen, word.met)
    return msgspec.structs.replace(fresh, progressed=now) if went_on or not word.progressed else fresh
