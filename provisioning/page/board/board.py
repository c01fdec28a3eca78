"""What all windows of the instructor's page share: the seats, the work that is under way, and terminals in seats."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from provisioning import environment
from provisioning.errors import LabError, UsageError
from provisioning.lesson.texts import Catalogue
from provisioning.lock import writer
from provisioning.machines import Kind, Result
from provisioning.machines.command import bound
from provisioning.page.terminal import Terminal
from provisioning.page.work import Work
from provisioning.seats import word
from provisioning.seats.classroom import Classroom, SeatStatus
from provisioning.seats.grades import class_folder
from provisioning.seats.notices import Notices, notice_of, tell
from provisioning.seats.seat import PROGRAM, Seat
from provisioning.seats.watch import SIDE_BY_SIDE, Watch, Watched
from provisioning.seats.word import Message
from provisioning.settings import REPOSITORY

LOOK, SHARE = 5.0, 4
"""Seconds between two looks at what the seats say, and the part of the time, one in so many, that looking may take."""
ENGINE = 10.0
"""Seconds between two looks at what the engine says of them, which costs more."""
AGAIN = 30.0
"""Seconds after which a seat that does not heed what the class tells is told again."""
MOST = 40
"""Terminals that may be open."""


JOINED = " · "
"""Stands between a seat and the machine of the learner's terminal that is joined; no name holds it."""
JOIN = f"""
import sys
sys.path.insert(0, {PROGRAM!r})
from provisioning.page.join import main
sys.exit(main(sys.argv[1]))
"""


@dataclass(frozen=True)
class Door:
    """What a terminal of the board opens: a seat, or a terminal of its learner's."""

    seat: Seat
    joined: word.Terminal | None

    @property
    def name(self) -> str:
        """What the terminal is called."""
        return f"{self.seat.name}{JOINED}{self.joined.machine}" if self.joined else self.seat.name

    @property
    def kind(self) -> Kind:
        """A seat is a host."""
        return "host"

    def exec(self, argv: Sequence[str], *, stdin: str = "", timeout: float = 60.0, limit: int | None = None) -> Result:
        """See :class:`provisioning.machines.Machine`."""
        return self.seat.exec(argv, stdin=stdin, timeout=timeout, limit=limit)

    def shell_argv(self, *, terminal: bool = True) -> list[str]:
        """See :class:`provisioning.machines.Machine`."""
        if self.joined is None:
            return self.seat.shell_argv(terminal=terminal)
        inside = (f"{PROGRAM}/.venv/bin/python", "-I", "-c", JOIN, self.joined.id)
        return self.seat.shell_argv(terminal=terminal, inside=inside)


class Listener(Protocol):
    """A window that is told of every change."""

    @property
    def program(self) -> Catalogue:
        """What the program says, in the words of the window."""

    def tell(self, message: Mapping[str, Any]) -> None:
        """Take a change."""


class Board:
    """The state behind the windows. Everything in it happens in the thread of the event loop, but for asking seats."""

    def __init__(self, classroom: Classroom) -> None:
        self.classroom = classroom
        self.settings, self.engine = classroom.settings, classroom.engine
        self.notices = Notices(class_folder(self.settings))
        self.listeners: set[Listener] = set()
        self.terminals: list[Terminal] = []
        self.work = Work(environment.ORIGINAL, self.tell_all)
        self.seats: list[Watched] | None = None
        """In the order in which they need help; None before the first look."""
        self.trouble: dict[str, str] = {}
        """Why they are not known: ``what`` and ``cure``."""
        self.holder = ""
        """The process that holds the lab, when it is not the page's own."""
        self._watch = Watch(self.engine, self.settings)
        self._statuses: list[SeatStatus] = []
        self._asked = float("-inf")
        """When the engine was last asked."""
        self._told: dict[str, float] = {}
        """By seat, when it was last told anew what it did not heed."""
        self._tellers = ThreadPoolExecutor(SIDE_BY_SIDE)
        """A seat may take its time to be told: who looks at the seats does not wait for it."""
        self._looking: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    # -- windows

    def enter(self, listener: Listener) -> None:
        """Tell a window all there is, and from then on every change."""
        self.listeners.add(listener)
        listener.tell(self._state(listener.program))
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_on())

    def leave(self, listener: Listener) -> None:
        """Forget a window."""
        self.listeners.discard(listener)

    def tell_all(self) -> None:
        """Tell every window how things stand."""
        for listener in self.listeners:
            listener.tell(self._state(listener.program))

    def _state(self, t: Catalogue) -> dict[str, Any]:
        return {
            "now": time.time(),
            "seats": None if self.seats is None else msgspec.to_builtins(self.seats),
            "end": self.notices.read().end,
            "trouble": {name: t(text) for name, text in self.trouble.items()},
            "work": msgspec.to_builtins(self.work.snapshot(t)),
            "holder": t(self.holder),
            "terminals": [{"id": each.id, "machine": each.machine.name, "runs": each.runs} for each in self.terminals],
        }

    # -- the seats

    async def _look_on(self) -> None:
        """Look at the seats as long as a window is open."""
        while self.listeners:
            began = time.monotonic()
            before = (self.seats, self.trouble, self.holder)
            await asyncio.to_thread(self._look)
            holder = writer(self.settings)
            self.holder = "" if self.work.runs and f"process {self.work.process} " in holder else holder
            if (self.seats, self.trouble, self.holder) != before:
                self.tell_all()
            self._remind()
            await asyncio.sleep(max(LOOK, (SHARE - 1) * (time.monotonic() - began)))
        self._looking = None

    def _look(self) -> None:
        try:
            if time.monotonic() - self._asked > ENGINE:
                self._statuses = self.classroom.status()
                self._asked = time.monotonic()
            self.seats = self._watch.look(self._statuses)
            self.trouble = {}
        except LabError as error:
            self.trouble = {"what": error.what, "cure": error.cure}

    def _remind(self) -> None:
        """Tell those seats what they were not told yet: one that is new, one that did not run."""
        kept, now = self.notices.read(), time.monotonic()
        for seat in self.seats or ():
            notice = notice_of(kept, seat.seat, present=self._present(seat.seat))
            heard = seat.word.heard if seat.word else notice.key
            nothing = not heard and notice == type(notice)()
            if heard == notice.key or nothing or now - self._told.get(seat.seat, float("-inf")) < AGAIN:
                continue
            self._told[seat.seat] = now
            self._tellers.submit(tell, Seat(self.engine, seat.seat), notice)

    def _present(self, seat: str) -> bool:
        return any(seat_of(each) == seat and each.runs for each in self.terminals)

    def named(self, wanted: Sequence[str]) -> list[Watched]:
        """Return the seats of these names, all of them where none is named.

        Raises:
            UsageError: there is no such seat.
        """
        there = {seat.seat: seat for seat in self.seats or ()}
        if not there or not set(wanted) <= set(there):
            raise UsageError("There is no such seat any more.", "Reload the page.")
        return [there[name] for name in wanted or there]

    # -- what the instructor does

    async def say(self, wanted: Sequence[str], text: str) -> list[str]:
        """Send a message to seats. Return those that could not be told now; they are once they can be."""
        seats = [seat.seat for seat in self.named(wanted)]
        message = Message(text, time.time())
        self.notices.say(seats, message)
        return await self._tell(seats, f"The instructor says: {text}")

    async def end(self, at: float) -> None:
        """Set when the class ends, in seconds since 1970; 0 for no end. Tell all seats."""
        self.notices.end(at)
        self.tell_all()
        await self._tell([seat.seat for seat in self.seats or ()])

    async def _tell(self, seats: Sequence[str], said: str = "") -> list[str]:
        running = {seat.seat for seat in self.seats or () if seat.state == "running"}
        kept = self.notices.read()

        def one(name: str) -> bool:
            notice = notice_of(kept, name, present=self._present(name))
            return name in running and tell(Seat(self.engine, name), notice, said)

        loop = asyncio.get_running_loop()
        heard = await asyncio.gather(*(loop.run_in_executor(self._tellers, one, name) for name in seats))
        return [name for name, done in zip(seats, heard, strict=True) if not done]

    def start(self, verb: str, wanted: Sequence[str]) -> str:
        """Start a verb of `class` on seats. Return why it was not started, or nothing."""
        if self.work.runs and self.work.told:
            return f"`{self.work.told.verb}` is under way."
        argv = ["class", verb, *(seat.seat for seat in self.named(wanted))] if wanted else ["class", verb]
        self._keep(asyncio.create_task(self._run(argv)))
        return ""

    async def _run(self, argv: Sequence[str]) -> None:
        await self.work.run(argv)
        self._asked = float("-inf")

    # -- terminals

    def open_terminal(self, name: str, joined: str = "") -> Terminal:
        """Open a root shell in a seat, or join the terminal of the learner that has that id. The learner is told.

        Raises:
            UsageError: there is no such seat or terminal, or there are too many terminals.
        """
        (seat,) = self.named([name])
        theirs = next((each for each in (seat.word.terminals if seat.word else ()) if each.id == joined), None)
        if joined and theirs is None:
            raise UsageError("The learner's terminal is closed.", "Choose another.")
        if len(self.terminals) >= MOST:
            raise UsageError(f"{MOST} terminals are open.", "Close one that you do not need.")
        door = Door(Seat(self.engine, seat.seat), theirs)
        around = {**os.environ, **self.engine.environment, "TERM": "xterm-256color"}
        terminal = Terminal(door, _argv, around, str(REPOSITORY), self._terminal_ended)
        self.terminals.append(terminal)
        self._came_or_went(terminal)
        return terminal

    def terminal(self, number: str) -> Terminal | None:
        """Return the terminal with that id."""
        return next((each for each in self.terminals if each.id == number), None)

    def close_terminal(self, terminal: Terminal) -> None:
        """Close a terminal for good."""
        if terminal in self.terminals:
            self.terminals.remove(terminal)
            terminal.close()
            self._came_or_went(terminal)

    def _terminal_ended(self, terminal: Terminal) -> None:
        self._came_or_went(terminal)

    def _came_or_went(self, terminal: Terminal) -> None:
        self.tell_all()
        self._keep(asyncio.create_task(self._tell([seat_of(terminal)])))

    def acted(self) -> None:
        """Note that the instructor types: nothing follows from it."""

    async def close(self) -> None:
        """End the terminals, and the work as by Ctrl-C."""
        for terminal in list(self.terminals):
            self.close_terminal(terminal)
        self.work.interrupt()
        while self._tasks:
            await asyncio.wait(set(self._tasks))
        await asyncio.to_thread(self._tellers.shutdown)
        if self._looking:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking

    def _keep(self, task: asyncio.Task[Any]) -> None:
        """Hold a task until its end: the event loop itself would forget it."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def seat_of(terminal: Terminal) -> str:
    """Return the seat that a terminal of the board is in."""
    return terminal.machine.name.partition(JOINED)[0]


def _argv(terminal: Terminal) -> list[str]:
    return bound(terminal.machine.shell_argv())  # the engine's client outlives its terminal
