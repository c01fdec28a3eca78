"""Use the standard streams in any state: closed, a pipe that nobody reads, a lost terminal, a full disk."""

from __future__ import annotations

import io
import locale
import os
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from provisioning.errors import HostError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

UNREAD = 128 + signal.SIGPIPE
"""The exit status of a program that writes to a pipe which nobody reads any more, as shells count it."""


class _Outlet(io.FileIO):
    """A file descriptor. If a write to it fails, ``lost`` is called, and from then on it leads nowhere."""

    def __init__(self, descriptor: int, lost: Callable[[OSError], None]) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._lost = lost

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data) or 0
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            self._lost(error)
            return len(memoryview(data))


def take_over() -> None:
    """Replace the standard streams by ones that raise no error for a text they cannot encode, or a reader that ended.

    Progress that nobody can read is dropped, and the work goes on. A result that nobody reads ends the program with the
    status :data:`UNREAD`.
    """
    for descriptor in range(3):
        _open(descriptor)
    sys.stdout = _text(1, _end)
    sys.stderr = _text(2, lambda error: None)
    sys.stdin = open(0, encoding=encoding(), errors="replace", closefd=False)  # noqa: SIM115


def encoding() -> str:
    """Return the locale's encoding; UTF-8 instead of ASCII, which has too few letters."""
    name = locale.getencoding()
    return "utf-8" if name.lower() in ("ansi_x3.4-1968", "us-ascii", "ascii") else name


def write_bytes(data: bytes) -> None:
    """Write bytes to standard output, whatever the terminal's encoding."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _open(descriptor: int) -> None:
    """Open a closed descriptor to nowhere: otherwise the next file to be opened would become the standard stream."""
    try:
        os.fstat(descriptor)
    except OSError:
        os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # it gets the lowest number that is free


def _text(descriptor: int, lost: Callable[[OSError], None]) -> io.TextIOWrapper:
    raw = io.BufferedWriter(_Outlet(descriptor, lost))
    return io.TextIOWrapper(raw, encoding(), errors="replace", line_buffering=descriptor == 2 or os.isatty(descriptor))


def _end(error: OSError) -> None:
    if isinstance(error, BrokenPipeError):
        raise SystemExit(UNREAD)
    raise HostError(
        f"Standard output cannot be written to: {error.strerror}.", "Send it elsewhere, or free disk space."
    )
