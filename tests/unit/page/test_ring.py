"""What a terminal remembers."""

from __future__ import annotations

import re

from provisioning.page.ring import Ring


def test_a_ring_forgets_whole_lines_and_knows_its_numbers() -> None:
    ring = Ring(100)
    for number in range(100):
        ring.append(f"line {number}\n".encode())
    assert ring.end == sum(len(f"line {number}\n") for number in range(100))
    kept = ring.since(ring.start, 10_000)
    assert kept.startswith(b"line ")
    assert kept.endswith(b"line 99\n")
    assert 100 <= len(kept) <= 200
    assert ring.since(ring.end - 3, 10_000) == b"99\n"


def test_a_ring_knows_how_the_terminal_stood_where_it_begins() -> None:
    ring = Ring(100)
    ring.append(b"\x1b[?1049h\x1b[?1;2004h\x1b[?25l")
    ring.append(b"x" * 300 + b"\n")
    ring.append(b"\x1b[?25h")
    assert set(re.findall(rb"\x1b\[\?\d+[hl]", ring.preamble)) == {
        b"\x1b[?1049h",
        b"\x1b[?1h",
        b"\x1b[?2004h",
        b"\x1b[?25l",
    }
    assert ring.on_alternate_screen
    ring.append(b"\x1b[?1049l")
    assert not ring.on_alternate_screen
