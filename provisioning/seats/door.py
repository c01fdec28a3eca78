"""The way from this host to the page in a seat, and nothing back.

The page listens at the seat's own loopback address, which no wall lets anybody reach. A socket belongs for ever to the
network in which it was made: so a thread of this process enters the seat's network for as long as it takes to make a
socket, and leaves. No port is opened, no packet crosses a wall, nothing runs for it, and a seat can make no use of it.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import Enum

import msgspec

from provisioning import names
from provisioning.errors import LabError
from provisioning.seats.classroom import Suspended, suspended_of
from provisioning.seats.engine import Engine
from provisioning.seats.roster import MOST
from provisioning.seats.seat import HOME, LAB, PROGRAM, Seat

PORT = 61080
"""Where the page listens in a seat: above the ports that the kernel hands out."""
UNIT = "lab-page"
KEPT = f"{HOME}/results/{LAB}/page.json"
"""Where the page in a seat keeps the token that opens it."""
START = (
    *("systemd-run", "--quiet", "--collect", f"--unit={UNIT}", "--setenv=HOME=/root", "--setenv=LANG=C.UTF-8"),
    *("--setenv=SHELL=/bin/bash", "--setenv=LAB_DEBIAN", "--setenv=LAB_ACCELERATION", "--working-directory=/root"),
    "--property=OOMScoreAdjust=0",  # what learners start in its terminals ends before it (hooks/seat.sh)
    *("python3", f"{PROGRAM}/lab.py", "open", "--no-browser", "--port", str(PORT)),
)
TOKEN = re.compile(r"[\w-]{16,64}", re.ASCII)
ASKING = 20.0
"""Seconds that a program in a seat may take."""
CONNECTING = 5.0
"""Seconds in which a page that is there takes a connection."""
AGAIN = 2.0
"""Seconds after which a door that did not open is tried again."""
CLONE_NEWNET = 0x40000000


class Shut(Exception):
    """A seat's page cannot be reached now."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


class Why(Enum):
    """Why it cannot."""

    NO_SEAT = "no seat"
    """Nobody of that name has a seat now."""
    NOT_RUNNING = "not running"
    """The seat is stopped, or is just being made new."""
    SUSPENDED = "suspended"
    """The instructor has suspended the seat."""
    ASLEEP = "asleep"
    """The seat is suspended, as nobody was active in it."""
    WAKING = "waking"
    """It was, and is resumed now."""
    OVER = "over"
    """The seat is suspended, as the class is over."""
    STARTING = "starting"
    """The page was not there, and has been started."""
    SILENT = "silent"
    """The seat, or the engine, does not answer as it should."""


SUSPENDED: dict[Suspended, Why] = {"hand": Why.SUSPENDED, "silence": Why.ASLEEP, "over": Why.OVER}


@dataclass
class Door:
    """What is known of the way into one seat."""

    instance: str = ""
    scenarios: tuple[str, ...] = ()
    network: int = -1
    """The seat's network, an open file; -1 where it is not known."""
    token: str = ""
    """What opens the page in the seat."""
    shut: tuple[float, Why] = (0.0, Why.SILENT)
    """When it was last found shut (of the monotonic clock), and why."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def forget(self) -> None:
        """Forget all of it: the seat is gone, or is another one by now."""
        if self.network >= 0:
            os.close(self.network)
        self.instance, self.scenarios, self.network, self.token = "", (), -1, ""


class Doors:
    """The ways into all seats of a class. What waits for a seat waits in a thread of that seat's own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._doors: dict[str, Door] = {}
        self._threads = ThreadPoolExecutor(MOST, "seat")
        self._inside = ThreadPoolExecutor(1, "network")
        """Its one thread is in the network of whichever seat was last asked for, and does nothing but make sockets."""

    async def connect(self, holder: str, *, anew: bool = False) -> tuple[socket.socket, Door]:
        """Connect to the page of a learner (of a seat that has none), which is started if it does not run.

        With ``anew``, what is known of the seat is not believed: one that is suspended still takes connections.

        Raises:
            Shut: it cannot be reached now.
        """
        door = self._doors.setdefault(holder, Door())
        loop = asyncio.get_running_loop()
        async with door.lock:
            if anew:
                door.forget()
            when, why = door.shut
            if time.monotonic() - when < AGAIN:
                raise Shut(why)
            try:
                connection = await self._reach(door) if door.network >= 0 else None
                if connection is None:  # not looked for yet, or the seat was made new and has another network
                    door.forget()
                    await loop.run_in_executor(self._threads, self._find, holder, door)
                    connection = await self._reach(door)
                if connection is None:
                    await loop.run_in_executor(self._threads, self._start, door)
                    raise Shut(Why.STARTING)
                if not door.token:
                    try:
                        door.token = await loop.run_in_executor(self._threads, self._ask_token, door)
                    except BaseException:
                        connection.close()
                        raise
                return connection, door
            except (OSError, LabError) as error:
                door.forget()
                door.shut = time.monotonic(), Why.SILENT
                raise Shut(Why.SILENT) from error
            except Shut as shut:
                if shut.why != Why.STARTING:
                    door.forget()
                door.shut = time.monotonic(), shut.why
                raise

    def knock(self, holder: str) -> None:
        """Have the next connection be tried, though the last one failed just now: the seat is resumed."""
        self._doors[holder].shut = 0.0, Why.SILENT

    async def refused(self, holder: str) -> None:
        """Have the page start anew whose token is not the one that the seat keeps: its learner removed that."""
        door = self._doors.setdefault(holder, Door())
        async with door.lock:
            if door.instance and door.token:
                door.token, stop = "", ["systemctl", "stop", UNIT]
                door.shut = time.monotonic(), Why.STARTING
                seat = Seat(self._engine, door.instance)
                try:
                    await asyncio.get_running_loop().run_in_executor(self._threads, self._run, seat, stop)
                except LabError:
                    door.forget()

    def close(self) -> None:
        """Let go of every seat."""
        for door in self._doors.values():
            door.forget()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._inside.shutdown(wait=False)

    # -- in the thread of a seat

    def _find(self, holder: str, door: Door) -> None:
        """Find the seat of a learner, and its network."""
        for each in self._engine.instances():
            config = each["config"]
            is_seat = names.parse_seat(self._engine.lab, each["name"]) is not None
            if is_seat and holder == (config.get(names.LEARNER) or each["name"]):
                break
        else:
            raise Shut(Why.NO_SEAT)
        if suspended := suspended_of(each):
            raise Shut(SUSPENDED[suspended])
        door.instance = each["name"]
        door.scenarios = tuple(filter(None, config.get(names.SCENARIOS, "").split(",")))
        process = self._process(door.instance)
        door.network = os.open(f"/proc/{process}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        # A process that has ended leaves its number to others: it is the seat's if it was so before and after.
        if self._process(door.instance) != process:
            raise Shut(Why.NOT_RUNNING)

    def _process(self, instance: str) -> int:
        """Return the number, on this host, of a seat's init."""
        state = self._engine.query(f"/1.0/instances/{instance}/state?project={self._engine.project}")
        if state["status"] != "Running" or state["pid"] <= 1:
            raise Shut(Why.NOT_RUNNING)
        return int(state["pid"])

    def _start(self, door: Door) -> None:
        done = self._run(Seat(self._engine, door.instance), list(START))
        if done and "already" not in done:
            raise Shut(Why.SILENT)

    @staticmethod
    def _run(seat: Seat, argv: list[str]) -> str:
        """Run a program in a seat. Return what it said if it failed."""
        done = seat.exec(argv, timeout=ASKING, limit=4096)
        return (done.stderr.strip() or "it said nothing") if done.status else ""

    def _ask_token(self, door: Door) -> str:
        """Ask a seat for the token of its page. Its answer is its learner's word, and goes into a header."""
        done = Seat(self._engine, door.instance).exec(["cat", KEPT], timeout=ASKING, limit=4096)
        try:
            found = KEPT_WORD.decode(done.stdout).token
        except (msgspec.DecodeError, RecursionError):
            found = ""
        if not TOKEN.fullmatch(found):
            raise Shut(Why.SILENT)
        return found

    # -- connections

    async def _reach(self, door: Door) -> socket.socket | None:
        """Connect to the page in a seat. Return None if nobody listens there."""
        loop = asyncio.get_running_loop()
        made = await loop.run_in_executor(self._inside, _socket_in, door.network)
        try:
            await asyncio.wait_for(loop.sock_connect(made, ("127.0.0.1", PORT)), CONNECTING)
        except ConnectionRefusedError:
            made.close()
            return None
        except BaseException:
            made.close()
            raise
        return made


class _Kept(msgspec.Struct):
    """What a page keeps of itself (``page.access.Kept``)."""

    token: str


KEPT_WORD = msgspec.json.Decoder(_Kept)
"""Made by one thread: see :mod:`provisioning.seats.word`."""


def _socket_in(network: int) -> socket.socket:
    """Make a socket in a network. The thread stays there."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(network, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setblocking(False)
    return made
