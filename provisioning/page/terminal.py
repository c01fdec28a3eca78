"""Terminals: a program on a pseudo-terminal, and any number of windows that look at it and type into it."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import secrets
import signal
import struct
import subprocess
import termios
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from provisioning.machines import Machine
from provisioning.page.ring import Ring

AHEAD = 128 * 1024
"""Bytes that may be on the way to a window before it tells that it has drawn some. So many are drawn in a blink, and
so Ctrl-C ends what prints without end in a blink."""
FRAME = 64 * 1024
"""Bytes that go to a window in one piece."""
PAGE = 4095
"""Bytes that a pseudo-terminal gives at most at once. A program that fills it has more to say."""
GATHER = 0.003
"""Seconds for which more is gathered then, so that it goes in one piece."""
UNSEEN = 0.05
"""Seconds between two looks at what a program prints that no window shows: it goes on, but not at full speed."""
PENDING = 4 * 2**20
"""Bytes of input that wait for a program which does not read; what is beyond is dropped."""
AFRESH = b"\x1b[?1049l\x1b[?1000;1002;1003;2004l\x1b[?25h\x1b[!p\r\n"
"""Puts right what a program that was cut off may have left: its screen, reports of the mouse, a hidden cursor."""
SIZES = range(2, 1000)
"""Columns, or rows, that a terminal can have."""


class Window(Protocol):
    """One window's view of a terminal."""

    def send(self, data: bytes) -> None:
        """Show some output."""

    def tell(self, **message: object) -> None:
        """Tell something that is no output."""


class View:
    """How far a window has followed the output."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.sent = 0
        self.drawn = 0
        self.shown = True
        """Whether the learner sees it: what is hidden is not sent, but caught up with when it is shown."""
        self.guest = False
        """Whether it is the instructor's."""


class Terminal:
    """A program on a pseudo-terminal. When it has ended, :meth:`start` starts it anew on the same screen."""

    def __init__(
        self,
        machine: Machine,
        argv: Callable[[Terminal], Sequence[str]],
        environment: Mapping[str, str],
        folder: str,
        ended: Callable[[Terminal], None],
    ) -> None:
        self.id = secrets.token_hex(6)
        self.machine = machine
        self.ring = Ring()
        self.size = (80, 24)
        """Columns and rows."""
        self.status: int | None = None
        """With what the program ended; None while it runs."""
        self._argv, self._environment, self._folder, self._ended = argv, environment, folder, ended
        self._views: list[View] = []
        self._master = -1
        self._process: subprocess.Popen[bytes] | None = None
        self._input = bytearray()
        self._reading = False
        self._flush: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self.start()

    @property
    def runs(self) -> bool:
        """Return True while its program runs."""
        return self._master >= 0

    @property
    def joined(self) -> bool:
        """Return True while the instructor looks at it, too."""
        return any(view.guest for view in self._views)

    def start(self) -> None:
        """Start the program; one that runs is left alone."""
        if self.runs:
            return
        master, slave = os.openpty()
        self._master = master
        os.set_blocking(master, False)
        self._set_size()
        try:
            # `setsid --ctty` makes it the terminal's own: Ctrl-C reaches it, and it ends when the terminal does.
            self._process = subprocess.Popen(
                ["setsid", "--ctty", *self._argv(self)],
                stdin=slave,
                stdout=slave,
                stderr=slave,
                env=self._environment,
                cwd=self._folder,
            )
        except BaseException:
            os.close(master)
            self._master = -1
            raise
        finally:
            os.close(slave)
        self.status = None
        if self.ring.end:
            self.ring.append(AFRESH)
        self._tell_all(runs=True)
        self._read_on()

    def close(self) -> None:
        """End the program, as a terminal does that is closed."""
        self._hang_up()
        for view in self._views:
            view.window.tell(closed=True)

    # -- windows

    def attach(self, window: Window, seen: int) -> View:
        """Let a window follow the output from the byte ``seen`` on; from what is kept when that is gone, or to come."""
        view = View(window)
        begin = seen if self.ring.start <= seen <= self.ring.end and seen else self.ring.start
        anew = begin != seen or not seen
        window.tell(at=begin, anew=anew, past=self.ring.end, size=self.size, runs=self.runs, status=self.status)
        if anew and self.ring.preamble:
            window.tell(preamble=self.ring.preamble.decode())
        view.sent = view.drawn = begin
        self._views.append(view)
        self._pump(view)
        self._read_on()
        if anew and self.ring.on_alternate_screen:
            self._redraw()
        return view

    def detach(self, view: View) -> None:
        """Forget a window that is gone."""
        self._views.remove(view)

    def drawn(self, view: View, number: int) -> None:
        """Note that a window has drawn all before the byte ``number``."""
        view.drawn = max(view.drawn, min(number, view.sent))
        self._pump(view)
        self._read_on()

    def show(self, view: View, shown: bool) -> None:
        """Note whether the learner sees the window."""
        view.shown = shown
        self._pump(view)
        self._read_on()

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal the size of the window that is used; the others follow."""
        if columns in SIZES and rows in SIZES and (columns, rows) != self.size:
            self.size = (columns, rows)
            self._set_size()
            self._tell_all(size=self.size)

    def type(self, data: bytes) -> None:
        """Give the program some input."""
        if self.runs and len(self._input) + len(data) <= PENDING:
            waited = bool(self._input)
            self._input += data
            if not waited:
                self._write()

    # -- the pseudo-terminal

    def _set_size(self) -> None:
        if self.runs:
            columns, rows = self.size
            fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _redraw(self) -> None:
        """Have a program that fills the screen draw it anew: it is told of a size, and then of the right one."""
        columns, rows = self.size
        if self.runs:
            self.size = (columns, rows + 1)
            self._set_size()
            self._loop.call_later(0.1, self._back, (columns, rows))

    def _back(self, size: tuple[int, int]) -> None:
        if self.size == (size[0], size[1] + 1):
            self.size = size
            self._set_size()

    def _write(self) -> None:
        try:
            written = os.write(self._master, self._input)
        except BlockingIOError:
            written = 0
        except OSError:
            self._input.clear()
            written = 0
        del self._input[:written]
        if self._input:
            self._loop.add_writer(self._master, self._write)
        else:
            self._loop.remove_writer(self._master)

    def _read_on(self) -> None:
        """Read on, unless every window has enough to draw; where none looks, now and then."""
        if not self.runs or self._reading:
            return
        looking = [view for view in self._views if view.shown]
        if not looking:
            self._reading = True
            self._loop.call_later(UNSEEN, self._look)
        elif self.ring.end - max(view.drawn for view in looking) < AHEAD:
            self._reading = True
            self._loop.add_reader(self._master, self._readable)

    def _look(self) -> None:
        self._reading = False
        if self.runs:
            self._reading = True
            self._loop.add_reader(self._master, self._readable)

    def _stop_reading(self) -> None:
        if self._reading and self.runs:
            self._loop.remove_reader(self._master)
        self._reading = False

    def _readable(self) -> None:
        full = False
        for _ in range(FRAME // PAGE):
            try:
                data = os.read(self._master, FRAME)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.EIO:  # so it is when nobody holds the other end any more
                    raise
                data = b""
            if not data:
                self._end()
                return
            self.ring.append(data)
            full = full or len(data) >= PAGE
        if not full:
            self._flush_now()
        elif self._flush is None:
            self._flush = self._loop.call_later(GATHER, self._flush_now)
        looking = [view for view in self._views if view.shown]
        if not looking or self.ring.end - max(view.drawn for view in looking) >= AHEAD:
            self._stop_reading()
            if not looking:
                self._read_on()

    def _flush_now(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        for view in self._views:
            self._pump(view)

    def _pump(self, view: View) -> None:
        """Send a window what it has not, as far as it keeps up."""
        if not view.shown:
            return
        if view.sent < self.ring.start:
            view.sent = view.drawn = self.ring.start
            view.window.tell(at=view.sent, anew=True, past=self.ring.start, size=self.size, runs=self.runs)
            view.window.tell(preamble=self.ring.preamble.decode())
        while view.sent < self.ring.end and view.sent - view.drawn < AHEAD:
            data = self.ring.since(view.sent, FRAME)
            view.sent += len(data)
            view.window.send(data)

    def _tell_all(self, **message: object) -> None:
        for view in self._views:
            view.window.tell(**message)

    # -- its end

    def _end(self) -> None:
        """Close the terminal: its program has ended, or has let go of it."""
        self._flush_now()
        self._hang_up()

    def _hang_up(self) -> None:
        if not self.runs:
            return
        self._stop_reading()
        self._loop.remove_writer(self._master)
        self._input.clear()
        os.close(self._master)  # the kernel sends what runs there a SIGHUP
        self._master = -1
        process = self._process
        assert process is not None  # noqa: S101 (it was started)
        self._loop.create_task(self._await_end(process))

    async def _await_end(self, process: subprocess.Popen[bytes]) -> None:
        try:
            self.status = await asyncio.to_thread(process.wait, 3)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            self.status = await asyncio.to_thread(process.wait)
        self._tell_all(runs=False, status=self.status)
        self._ended(self)
