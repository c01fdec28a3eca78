"""A seat's side of its class: says how far the learner is, and hears what the instructor tells.

Two small files in a folder that only a seat has (:mod:`provisioning.seats.word`). The class reads and writes them from
outside; nothing listens for it in the seat.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from provisioning.errors import UsageError
from provisioning.lesson.results import Outcome, results_of
from provisioning.page.terminal import Terminal
from provisioning.private import write_private
from provisioning.scenario.load import find_scenarios, folder_of, load_scenario
from provisioning.seats import word
from provisioning.seats.word import Notice, Word
from provisioning.settings import Settings

BEAT = 15.0
"""Seconds between two times at which the seat says anew that a window is open, or that the learner types."""


class Presence:
    """What this seat says, and what it has heard."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        self._stamps = dict(self._results())
        """By scenario, when its results last changed."""
        self._heeded: tuple[str, int | None] | None = None
        self._noticed: int | None = None
        self._said: Word | None = None
        self.notice = Notice()
        self.word = word.read_word(_read(folder / word.SAID), time.time()) or Word()

    @classmethod
    def of(cls, settings: Settings) -> Presence | None:
        """Return that of this lab; None if it is not a seat's."""
        folder = word.folder_of(settings)
        return cls(settings, folder) if folder else None

    def state(self) -> dict[str, Any]:
        """Return what a window shows of it."""
        return {"hand": bool(self.word.raised), **msgspec.to_builtins(self.notice)}

    def look(self, *, windows: bool, terminals: Iterable[Terminal]) -> bool:
        """Look at results and notice, and say what has changed. Return True if the windows have something new to show.

        Raises:
            OSError: the seat's word cannot be written.
        """
        now = time.time()
        for name, stamp in self._results():
            if stamp != self._stamps.get(name):
                self._stamps[name] = stamp
                self.enter(name)
                self.acted()
        self._heed_results(now)
        heard = self._heed_notice()
        if windows:
            self.word = msgspec.structs.replace(self.word, window=now)
        open_now = tuple(word.Terminal(each.id, each.machine.name) for each in terminals if each.runs)
        self.word = msgspec.structs.replace(self.word, terminals=open_now)
        self._say()
        return heard

    def enter(self, scenario: str) -> None:
        """Note which scenario the learner is at."""
        if scenario != self.word.scenario:
            self.word = msgspec.structs.replace(self.word, scenario=scenario, progressed=0.0)

    def acted(self) -> None:
        """Note that the learner does something."""
        self.word = msgspec.structs.replace(self.word, active=time.time())

    def wave(self, raised: bool) -> None:
        """Wave for help, or stop it.

        Raises:
            OSError: the seat's word cannot be written.
        """
        if raised != bool(self.word.raised):
            self.word = msgspec.structs.replace(self.word, raised=time.time() if raised else 0.0)
            self.acted()
            self._say()

    def _results(self) -> Iterator[tuple[str, int]]:
        names: list[str] = []
        with suppress(UsageError):  # the learner may have removed them
            names = find_scenarios(self._settings.scenarios)
        for name in names:
            with suppress(OSError):
                yield name, (results_of(self._settings, name).folder / "outcome.json").stat().st_mtime_ns

    def _heed_results(self, now: float) -> None:
        """Take in how far the learner is, if that may have changed."""
        name = self.word.scenario
        at = (name, self._stamps.get(name))
        if not name or at == self._heeded:
            return
        self._heeded = at
        with suppress(UsageError, OSError):  # the learner may have broken it: then the seat says what it said before
            scenario = load_scenario(folder_of(self._settings.scenarios, name))
            outcome = results_of(self._settings, name).load() or Outcome(scenario=name, title="")
            self.word = word.standing(self.word, scenario, outcome, now)

    def _heed_notice(self) -> bool:
        path = self._folder / word.NOTICE
        try:
            stamp = path.stat().st_mtime_ns
        except OSError:
            return False
        if stamp == self._noticed:
            return False
        self._noticed = stamp
        found = word.read_notice(_read(path))
        if found is None:
            return False
        self.word = msgspec.structs.replace(self.word, heard=found.key)
        fresh = found != self.notice
        self.notice = found
        return fresh

    def _say(self) -> None:
        """Write the word if it is another; that time goes on is no news until a beat is over."""
        if self._said is not None:
            moved = any(getattr(self.word, name) - getattr(self._said, name) >= BEAT for name in ("window", "active"))
            still = msgspec.structs.replace(self.word, window=self._said.window, active=self._said.active)
            if still == self._said and not moved:
                return
        write_private(self._folder / word.SAID, msgspec.json.encode(self.word))
        self._said = self.word


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(word.MOST)
    except OSError:
        return b""
