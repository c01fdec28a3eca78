"""End the programs under way on Ctrl-C, SIGTERM or a lost terminal, and have what was begun undone."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

STATUS = 130
WHAT = "Interrupted."
CURE = "The next `up` or `down` puts right what was under way."
GRACE = 3.0
"""Seconds that a program may take to end by itself."""
SPARED = frozenset({"sudo", "apt-get", "dpkg"})
"""Programs that leave the host half changed when they are ended."""

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that ask a program to end."""

_interrupted = threading.Event()


def listen() -> None:
    """Raise KeyboardInterrupt at signals that end a program. One that is ignored, as under nohup, stays ignored."""
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)


def let_go() -> None:
    """Let signals end the process without a word: its work is done, and Python is being taken down."""
    for number in ENDING:
        if signal.getsignal(number) == _interrupt:
            signal.signal(number, signal.SIG_DFL)


def has_come() -> bool:
    """Return True if a signal asked to end: Python makes another error of the exception in places."""
    return _interrupted.is_set()


def _interrupt(number: int, frame: FrameType | None) -> None:
    if not _interrupted.is_set():
        _interrupted.set()
        end_children()
        raise KeyboardInterrupt
    if number == signal.SIGINT:  # Ctrl-C again. A lost terminal sends two signals and means one.
        os.write(2, f"✘ {WHAT}\n  {CURE}\n".encode())
        os._exit(STATUS)


def end_children() -> None:
    """End the programs that threads wait for, which no exception reaches; kill those that take too long.

    Programs that are started after this, to clean up, are left alone.
    """
    programs = _descendants()
    for program in programs:
        _send(program, signal.SIGTERM)
    threading.Thread(target=_kill_late, args=(programs,), daemon=True).start()


def _kill_late(programs: list[tuple[int, str]]) -> None:
    time.sleep(GRACE)
    for program in programs:
        _send(program, signal.SIGKILL)


def _send(program: tuple[int, str], number: signal.Signals) -> None:
    pid, began = program
    with suppress(OSError, LookupError):  # it ended meanwhile, or is root's
        if _stat(pid)[2] == began:
            os.kill(pid, number)


def _descendants() -> list[tuple[int, str]]:
    """Return the programs that this process started, and those that they started: id and time of start of each."""
    children: dict[int, list[tuple[int, str, str]]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, LookupError):
            name, parent, began = _stat(int(folder.name))
            children.setdefault(parent, []).append((int(folder.name), name, began))
    found, parents = list[tuple[int, str]](), [os.getpid()]
    while parents:
        for pid, name, began in children.get(parents.pop(), ()):
            if name not in SPARED:
                found.append((pid, began))
                parents.append(pid)
    return found


def _stat(pid: int) -> tuple[str, int, str]:
    """Return a process's name, its parent's id and the time of its start (proc(5))."""
    name, _, rest = Path(f"/proc/{pid}/stat").read_text(errors="replace").partition("(")[2].rpartition(")")
    fields = rest.split()
    return name, int(fields[1]), fields[19]
