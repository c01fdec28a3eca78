"""What the class tells its seats: messages, and when it ends. Kept on the host, so that a seat that is new hears it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from provisioning.errors import MachineError
from provisioning.inert import plain
from provisioning.seats.seat import HOME, Seat
from provisioning.seats.word import FOLDER, NOTICE, Message, Notice, Pause

FILE = "notices.json"
TELL = f"""
set -eu
umask 077
cat >{HOME}/{FOLDER}/.{NOTICE}
mv {HOME}/{FOLDER}/.{NOTICE} {HOME}/{FOLDER}/{NOTICE}
[ -n "$1" ] || exit 0
for terminal in /dev/pts/[0-9]*; do
    printf '\\r\\n\\a*** %s\\r\\n' "$1" | timeout 1 dd of="$terminal" oflag=nonblock status=none 2>/dev/null || :
done
"""
"""Keeps a notice in a seat, and writes a line to every terminal. (`wall` knows the terminals of logins alone.)"""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept."""

    end: float = 0.0
    """When the class ends, in seconds since 1970; 0 if nobody said."""
    messages: dict[str, Message] = {}
    """By seat: the last one."""
    pauses: dict[str, Pause] = {}
    """By seat: what its learner is warned of."""


class Notices:
    """The file that keeps what a class tells its seats. The page and the verbs may change it at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / FILE

    def read(self) -> Kept:
        """Return what is kept."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Kept)
        except FileNotFoundError:
            return Kept()

    def say(self, seats: Iterable[str], message: Message) -> None:
        """Keep a message to some seats, in the place of the one before."""
        with self._changing() as kept:
            self._write(msgspec.structs.replace(kept, messages={**kept.messages, **dict.fromkeys(seats, message)}))

    def forget(self, seats: Iterable[str]) -> None:
        """Forget what was said to seats: whoever sits there next was not meant."""
        gone = set(seats)
        with self._changing() as kept:
            messages = {seat: message for seat, message in kept.messages.items() if seat not in gone}
            pauses = {seat: pause for seat, pause in kept.pauses.items() if seat not in gone}
            self._write(msgspec.structs.replace(kept, messages=messages, pauses=pauses))

    def end(self, at: float) -> None:
        """Keep when the class ends; 0 for no end."""
        with self._changing() as kept:
            self._write(msgspec.structs.replace(kept, end=at))

    def pause(self, pauses: Mapping[str, Pause]) -> set[str]:
        """Keep which seats are to be suspended, in the place of those before. Return those for which that is new."""
        before = self.read().pauses
        if changed := {seat for seat in {*before, *pauses} if before.get(seat) != pauses.get(seat)}:
            with self._changing() as kept:
                self._write(msgspec.structs.replace(kept, pauses=dict(pauses)))
        return changed

    def clear(self) -> None:
        """Forget all: the class is over."""
        self._file.unlink(missing_ok=True)

    @contextmanager
    def _changing(self) -> Iterator[Kept]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.read()

    def _write(self, kept: Kept) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(kept))
        fresh.replace(self._file)


def notice_of(kept: Kept, seat: str, *, present: bool = False) -> Notice:
    """Return what a seat is to be told."""
    return Notice(message=kept.messages.get(seat), end=kept.end, pause=kept.pauses.get(seat), present=present)


def tell(seat: Seat, notice: Notice, said: str = "") -> bool:
    """Tell a seat. ``said`` is a line for each of its terminals, none where it is empty. Return False if it cannot be.

    The seat's own shell does it: its learner may keep the seat from hearing.
    """
    try:
        argv = ["sh", "-c", TELL, "sh", plain(said).replace("\n", " ")]
        return seat.exec(argv, stdin=msgspec.json.encode(notice).decode(), timeout=20).status == 0
    except MachineError:
        return False
