"""Read what a guest prints on its serial console while it boots, and notice when it prints nothing new."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from provisioning.machines.command import bound
from provisioning.machines.vm.libvirt import URI

LINE = 400
"""Characters of one line that are kept."""
KEPT = 1000
"""Lines that are kept for whoever has to find the cause."""
FELL = re.compile(r"^\(initramfs\)|Kernel panic - not syncing")
"""What a guest prints that goes no further: its initial RAM disk found no root file system, or its kernel gave up."""
END = 5
"""Lines of these that an error shows."""
PAUSE = 0.5
"""Seconds between two attempts to listen to a guest that has not started yet, and between two looks at the clock."""


def printable(raw: bytes) -> str:
    r"""Return one line of a console without control sequences and characters, which would act on a terminal.

    >>> printable(b"\x1b[0;32m  OK  \x1b[0m] Reached \x07target\r")
    '  OK  ] Reached target'
    """
    text = raw.decode(errors="replace")
    text = re.sub(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|[@-Z\\^_c])", "", text)
    return "".join(char for char in text if char.isprintable())[:LINE].rstrip()


class Progress:
    """Tells how long a program has printed nothing new."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: set[str] = set()
        self._last = clock()

    def tell(self, line: str) -> None:
        """Take in a line. One that differs from an earlier one only in numbers, as in a countdown, is not new."""
        told = re.sub(r"[0-9a-f]*[0-9][0-9a-f]*", "", line).strip()
        if told and told not in self._told:
            self._told.add(told)
            self._last = self._clock()

    def silence(self) -> float:
        """Return the seconds since the last line that was new."""
        return self._clock() - self._last


class BootWatch:
    """Watches a guest boot, by what Vagrant and its console print. It gives up when nothing new comes."""

    def __init__(self, domain: str, patience: float, give_up: Callable[[], None]) -> None:
        """Call ``give_up`` once, after ``patience`` seconds without a new line (more on an overloaded host)."""
        self._domain = domain
        self._patience = patience
        self._give_up = give_up
        self._progress = Progress()
        self._lines: deque[str] = deque(maxlen=KEPT)
        self._rest = b""
        self._over = threading.Event()
        self.gave_up = False
        self.fell = False
        """True if the guest said itself that it goes no further."""
        self.status: int | None = None
        """The exit status of the program that boots the guest, once it has ended."""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch while the block runs, or until the guest was reached."""
        watcher = threading.Thread(target=self._watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            self._over.set()
            watcher.join()

    def tell(self, line: str) -> None:
        """Take in a line that another program prints about the guest."""
        self._progress.tell(line)

    def reached(self) -> None:
        """Stop watching: the guest has booted."""
        self._over.set()

    def end(self) -> list[str]:
        """Return the console's last lines, the latest last."""
        return self.printed()[-END:]

    def printed(self) -> list[str]:
        """Return all lines of the console that are kept and not empty, the latest last."""
        last = printable(self._rest)
        return [*self._lines, *([last] if last else [])]

    @property
    def heard(self) -> bool:
        """True if the console printed a whole line while it was listened to. What it printed before is lost."""
        return bool(self._lines)

    def _watch(self) -> None:
        """Ask libvirt for the console until there is one, and again if the domain is started again."""
        argv = bound(["virsh", "--quiet", "--connect", URI, "console", "--force", self._domain])
        while not self._is_over():
            ours, terminal = pty.openpty()  # virsh shows a console only on a terminal
            with subprocess.Popen(argv, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as virsh:
                assert virsh.stdout is not None  # noqa: S101 (asked for above)
                self._listen(virsh.stdout.fileno())
                virsh.kill()
            os.close(ours)
            os.close(terminal)
            self._over.wait(PAUSE)

    def _listen(self, stream: int) -> None:
        while not self._is_over():
            if select.select([stream], [], [], PAUSE)[0]:
                data = os.read(stream, 65536)
                if not data:
                    return
                self._take(data)

    def _is_over(self) -> bool:
        # On a host with more work than processors, everything takes longer in the same proportion.
        patience = self._patience * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
        if not self._over.is_set() and (self.fell or self._progress.silence() > patience):
            self.gave_up = True
            self._over.set()
            self._give_up()
        return self._over.is_set()

    def _take(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._rest = self._rest[-LINE:]
        for line in map(printable, lines):
            if line:
                self._lines.append(line)
                self._progress.tell(line)
        self.fell = self.fell or any(FELL.search(line) for line in [*map(printable, lines), printable(self._rest)])
