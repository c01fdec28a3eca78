"""Ctrl-C, SIGTERM and a lost terminal: the programs under way are ended, and what was begun is undone."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from types import FrameType

STATUS = 130
WHAT = "Interrupted."
CURE = "The next `up` or `down` puts right what was under way."
GRACE = 3.0
"""Seconds that a program may take to end by itself."""
SPARED = frozenset({"sudo", "apt-get", "dpkg"})
"""Programs that leave the host half changed when they are ended."""

_interrupted = threading.Event()


def listen() -> None:
    """Have the signals that end a program raise KeyboardInterrupt; one that is ignored, as under nohup, stays so."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if not _interrupted.is_set():
        _interrupted.set()
        end_children()
        raise KeyboardInterrupt
    if number == signal.SIGINT:  # Ctrl-C while that is cleaned up. A lost terminal is told twice, and does not mean it.
        os.write(2, f"✘ {WHAT}\n  {CURE}\n".encode())
        os._exit(STATUS)


def end_children() -> None:
    """End the programs that the driver waits for in its threads, which no exception reaches; at once if need be.

    What it starts after this, to clean up, is left alone.
    """
    children = _children()
    for child in children:
        _send(child, signal.SIGTERM)
    threading.Thread(target=_kill_late, args=(children,), daemon=True).start()


def _kill_late(children: set[tuple[int, str]]) -> None:
    time.sleep(GRACE)
    for child in children & _children():
        _send(child, signal.SIGKILL)


def _send(child: tuple[int, str], number: signal.Signals) -> None:
    try:
        if os.getpgid(child[0]) == child[0]:
            os.killpg(child[0], number)  # with what it started
        else:
            os.kill(child[0], number)
    except OSError:
        return  # it ended meanwhile, or is root's


def _children() -> set[tuple[int, str]]:
    """The driver's own children that may be ended, each as its id and the time of its start (proc(5))."""
    found = set()
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = file.read_text(errors="replace").partition("(")[2].rpartition(")")
        except OSError:
            continue
        fields = rest.split()
        if int(fields[1]) == os.getpid() and name not in SPARED:
            found.add((int(file.parent.name), fields[19]))
    return found
