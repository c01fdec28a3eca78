"""The gate's two parts, and what they say to each other.

The *keeper* is root, as only root can enter a seat's network. The *porter* speaks with whatever comes from the network,
and may do nothing on this host: it has a user id of its own, sees no file, starts no program. It knows no token but
those that browsers bring. It asks the keeper one thing: to whom does this token belong, and a connection to that page;
and it tells when a learner does something.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from provisioning.errors import LabError
from provisioning.interrupt import ENDING
from provisioning.seats.door import SUSPENDED, Doors, Shut, Why
from provisioning.seats.idle import Idle
from provisioning.seats.links import Links

USER = 64_321
"""The user id of the porter, which nobody else on this host has: systemd gives such numbers out for a service's life,
and from the other end."""
LETTER = 16 * 2**10
"""Bytes of a question, or an answer, at most."""
LONGEST = 100
"""Letters of a token that are looked at."""
PATIENCE = 60.0
"""Seconds that the porter waits for the keeper."""
PR_SET_NO_NEW_PRIVS = 38


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What the porter asks."""

    number: int
    token: str
    connect: bool
    """Whether a connection is wanted, or only to know whether the token is one."""
    refused: bool = False
    """Whether the page in the seat did not know what was last told to open it."""
    active: bool = False
    """Whether the learner does something."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the keeper answers. A connection, if there is one, comes with it."""

    number: int
    holder: str = ""
    """Whose token it is; empty if it is nobody's."""
    why: Why | None = None
    """Why there is no connection, or why the seat takes none now."""
    opens: str = ""
    """What opens the page in the seat."""
    scenarios: tuple[str, ...] = ()


def channel() -> tuple[socket.socket, socket.socket]:
    """Return the two ends of what they speak by: the keeper's, and the porter's."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        end.setblocking(False)
    return ends


class Keeper:
    """Answers the porter."""

    def __init__(self, end: socket.socket, links: Links, doors: Doors, idle: Idle) -> None:
        self._end, self._links, self._doors, self._idle = end, links, doors, idle
        self._over = asyncio.Event()
        self._ready: Callable[[], None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def keep(self, ready: Callable[[], None]) -> bool:
        """Answer until a signal comes or the porter has ended; ``ready`` is called when the porter is at work.

        Return True if a signal came.
        """
        loop = asyncio.get_running_loop()
        asked = asyncio.Event()

        def end() -> None:
            asked.set()
            self._over.set()

        for number in ENDING:
            loop.add_signal_handler(number, end)
        self._ready = ready
        loop.add_reader(self._end, self._hear)
        self._tasks.add(asyncio.create_task(self._idle.watch()))
        await self._over.wait()
        loop.remove_reader(self._end)
        for task in self._tasks:
            task.cancel()
        self._doors.close()
        self._idle.close()
        return asked.is_set()

    def _hear(self) -> None:
        try:
            said = self._end.recv(LETTER)
        except BlockingIOError:
            return
        if not said:
            self._over.set()
        elif ready := self._ready:
            self._ready = None
            ready()
        else:
            # Nothing that the porter says is taken on trust.
            with suppress(msgspec.DecodeError):
                task = asyncio.create_task(self._answer(msgspec.json.decode(said, type=Question)))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _answer(self, asked: Question) -> None:
        holder = self._links.holder(asked.token)
        if holder and asked.active:
            self._idle.acted(holder)
        suspended = self._idle.still.get(holder, "")
        if not holder or not asked.connect:
            self._say(Answer(number=asked.number, holder=holder, why=SUSPENDED.get(suspended)))
            return
        try:
            if asked.refused:
                await self._doors.refused(holder)
            connection, door = await self._doors.connect(holder, anew=bool(suspended))
        except Shut as shut:
            why = await self._wake(holder) if shut.why == Why.ASLEEP and asked.active else shut.why
            self._say(Answer(number=asked.number, holder=holder, why=why))
            return
        self._idle.still.pop(holder, None)
        with connection:
            answer = Answer(number=asked.number, holder=holder, opens=door.token, scenarios=door.scenarios)
            self._say(answer, connection.fileno())

    async def _wake(self, holder: str) -> Why:
        """Resume a seat whose learner has come back. Return what the learner is told."""
        try:
            woken = await self._idle.wake(holder)
        except LabError:
            return Why.SILENT
        self._doors.knock(holder)
        return Why.WAKING if woken else Why.OVER

    def _say(self, answer: Answer, *files: int) -> None:
        # A porter that does not listen gets no answer; it waits no longer than its patience.
        with suppress(OSError):
            socket.send_fds(self._end, [msgspec.json.encode(answer)], files)


class Porter:
    """Asks the keeper."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._count = 0
        self._waiting: dict[int, asyncio.Future[tuple[Answer, socket.socket | None]]] = {}
        self.over = asyncio.Event()
        """Set when the keeper has ended."""

    def begin(self) -> None:
        """Tell the keeper that the porter is at work, and hear it from now on."""
        asyncio.get_running_loop().add_reader(self._end, self._hear)
        self._end.send(b"ready")

    async def holder(self, token: str) -> str:
        """Return whose token it is; empty if it is nobody's.

        Raises:
            Shut: the keeper does not answer.
        """
        return (await self.ask(token)).holder

    async def ask(self, token: str, *, active: bool = False) -> Answer:
        """Return whose token it is, and whether that seat is suspended; ``active`` is as in :class:`Question`.

        Raises:
            Shut: the keeper does not answer.
        """
        return (await self._ask(token, connect=False, active=active))[0]

    async def connect(self, token: str, *, refused: bool = False, active: bool = False) -> tuple[Answer, socket.socket]:
        """Return a connection to the page that a token opens; the rest is as in :class:`Question`.

        Raises:
            Shut: it cannot be reached now.
        """
        answer, connection = await self._ask(token, connect=True, refused=refused, active=active)
        if connection is None:
            raise Shut(answer.why or Why.SILENT)
        return answer, connection

    async def _ask(
        self, token: str, *, connect: bool, refused: bool = False, active: bool = False
    ) -> tuple[Answer, socket.socket | None]:
        self._count += 1
        asked = Question(number=self._count, token=token[:LONGEST], connect=connect, refused=refused, active=active)
        answered = self._waiting[asked.number] = asyncio.get_running_loop().create_future()
        try:
            self._end.send(msgspec.json.encode(asked))
            return await asyncio.wait_for(answered, PATIENCE)
        except OSError as error:  # also what is too late
            raise Shut(Why.SILENT) from error
        finally:
            del self._waiting[asked.number]

    def _hear(self) -> None:
        with suppress(BlockingIOError):
            said, files, _, _ = socket.recv_fds(self._end, LETTER, 1)
            if not said:
                asyncio.get_running_loop().remove_reader(self._end)
                self.over.set()
                return
            connections = [socket.socket(fileno=file) for file in files]
            answer = msgspec.json.decode(said, type=Answer)
            waiting = self._waiting.get(answer.number)
            if waiting is None or waiting.done():
                for connection in connections:
                    connection.close()
                return
            waiting.set_result((answer, connections[0] if connections else None))


def give_up_rights(empty: Path) -> None:
    """Be nobody on this host from now on, in a file system that holds nothing, and start no program any more.

    ``empty`` is a folder without anything in it.
    """
    os.chroot(empty)
    os.chdir("/")
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
