"""A guest that boots slowly is told from one that hangs."""

from __future__ import annotations

import pytest

from provisioning.machines.vm.console import FELL, Progress, printable

STALL = "[  {0}.5] rcu: INFO: rcu_preempt self-detected stall on CPU {0}"


@pytest.mark.parametrize(
    ("lines", "silence"),
    [
        (["[ 1.0] Linux version 6.1", "[ 2.0] Command line: rw", "[ 3.0] BIOS-provided RAM map", "[ 9.0] NX"], 0),
        ([], 40),
        (["SeaBIOS", "Booting from Hard Disk...", "No bootable device."], 10),
        ([f"A start job is running for dev-vda2 ({second}s / no limit)" for second in range(4)], 30),
        ([STALL.format(moment) for moment in (21, 84, 147, 210)], 30),
        (["SeaBIOS", "Linux version 6.1", "SeaBIOS", "Linux version 6.1"], 20),
        (["", " ", "", ""], 40),
        (["pc : ffffffff81a0b", "pc : ffffffff81a1c", "pc : 0000000081a1c", "pc : 12"], 30),
    ],
    ids=["it boots", "it never spoke", "it stopped", "a countdown", "a stall", "a loop", "empty lines", "addresses"],
)
def test_progress_is_a_line_never_said_before(lines: list[str], silence: float) -> None:
    now = 0.0
    progress = Progress(clock=lambda: now)
    for moment in range(4):
        now += 10
        if moment < len(lines):
            progress.tell(lines[moment])
    assert progress.silence() == silence


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"plain", "plain"),
        (b"\x1b[2J\x1b[1;1HBooting", "Booting"),
        (b"\x1b]0;title\x07ok", "ok"),
        (b"\x1bcreset", "reset"),
        (b"a\x00b\x07c\xc2\x9bd", "abcd"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"x" * 100_000, "x" * 400),
        (b"end   \r", "end"),
    ],
)
def test_a_console_is_shown_as_text(raw: bytes, shown: str) -> None:
    assert printable(raw) == shown


@pytest.mark.parametrize(
    ("line", "fell"),
    [
        ("(initramfs)", True),
        ("[    2.1] Kernel panic - not syncing: VFS: Unable to mount root fs", True),
        ("Begin: Running /scripts/init-bottom ... done.", False),
        ("[    0.0] Unpacking (initramfs) image", False),
        ("[    1.0] panic_on_oops is 1", False),
    ],
)
def test_a_guest_that_goes_no_further_says_so(line: str, fell: bool) -> None:
    assert bool(FELL.search(line)) is fell
