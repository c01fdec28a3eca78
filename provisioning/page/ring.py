"""The last of what a terminal printed, such that a window that comes later, or comes back, shows the same."""

from __future__ import annotations

import re

SIZE = 512 * 1024
"""Bytes that are kept: some thousand lines."""
_MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
"""Switches of a terminal, such as to the alternate screen or to bracketed paste (xterm's `ctlseqs`)."""
ALTERNATE = (b"47", b"1047", b"1049")
"""The alternate screen, on which editors and the like draw."""


class Ring:
    """The output, numbered from its first byte on; what is older than :data:`SIZE` is forgotten."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._kept = bytearray()
        self.start = 0
        """The number of the first byte that is kept."""
        self._modes: dict[bytes, bytes] = {}
        """How the switches stood at :attr:`start`."""

    @property
    def end(self) -> int:
        """The number of the byte that comes next."""
        return self.start + len(self._kept)

    def append(self, data: bytes) -> None:
        """Take what was printed."""
        self._kept += data
        if len(self._kept) > 2 * self._size:  # seldom: each time a half is moved
            self._forget(len(self._kept) - self._size)

    def since(self, number: int, most: int) -> bytes:
        """Some bytes from ``number`` on, which must be kept."""
        at = number - self.start
        return bytes(self._kept[at : at + most])

    @property
    def preamble(self) -> bytes:
        """What sets a fresh terminal as it stood at :attr:`start`."""
        return b"".join(b"\x1b[?%b%b" % (mode, state) for mode, state in self._modes.items())

    @property
    def on_alternate_screen(self) -> bool:
        """Return True if a program draws on the whole screen, and so can draw it anew."""
        now = dict(self._modes)
        _note(now, self._kept)
        return any(now.get(mode) == b"h" for mode in ALTERNATE)

    def _forget(self, count: int) -> None:
        # At the end of a line: not within a letter, or within what sets a colour.
        newline = self._kept.find(b"\n", count)
        count = newline + 1 if newline >= 0 else count
        _note(self._modes, self._kept[:count])
        del self._kept[:count]
        self.start += count


def _note(modes: dict[bytes, bytes], output: bytes | bytearray) -> None:
    for found in _MODE.finditer(output):
        for mode in found[1].split(b";"):
            modes[bytes(mode)] = bytes(found[2])
