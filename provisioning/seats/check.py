"""Check a seat from outside: with the programs, the program and the scenarios that the instructor keeps on the host.

What a learner has changed in the seat, a program, the lab or a scenario, is not asked: before the check, the kept ones
are shown to the seat for reading only, and lie over its own in a view of its files that only the check has. The first
program that runs is linked statically, so that no library of the seat's is read. README.md tells what is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from provisioning.errors import MachineError
from provisioning.lesson.checks import Verdict
from provisioning.lesson.results import OUTCOME, Outcome
from provisioning.seats.seat import HOME, LAB, PROGRAM, Seat, anew
from provisioning.seats.walls import device_words

DEVICE = "check"
KEPT = "/.lab-check"
"""Where a seat is shown what the instructor keeps."""
BUSYBOX = f"{KEPT}/usr/bin/busybox"
VIEW = f"""
set -eu
b={BUSYBOX}
$b mount --make-rprivate /
$b mkdir -p {PROGRAM}
$b mount -o bind {KEPT}{PROGRAM} {PROGRAM}
for folder in etc usr; do $b mount -o bind {KEPT}/$folder /$folder; done
for folder in bin sbin lib lib64; do $b mount -o bind {KEPT}/usr/$folder /$folder; done
exec $b env -i PATH=/usr/sbin:/usr/bin HOME={KEPT}/root LANG=C.UTF-8 TERM=dumb "$@"
"""
"""Puts what is kept over the seat's own, in the mount namespace of the check alone, and becomes a program of it."""
TIMEOUT = 900.0
"""Seconds that the checks of one scenario may take."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of one scenario in one seat found."""

    scenario: str
    verdicts: tuple[Verdict, ...] = ()
    tasks: dict[str, Verdict] = {}
    hints: dict[str, int] = {}
    """By task: how many hints were opened, as the seat itself tells."""
    solutions: tuple[str, ...] = ()
    """The tasks whose solution was shown, as the seat itself tells."""
    failed: str = ""
    """Why the check could not be made; empty where it was."""

    @property
    def holding(self) -> int:
        """How many checks hold."""
        return sum(verdict.passed for verdict in self.verdicts)

    @property
    def green(self) -> bool:
        """True if there are checks and all of them hold."""
        return bool(self.verdicts) and self.holding == len(self.verdicts)


class _Answer(msgspec.Struct, frozen=True):
    """What `lab.py check --json` prints."""

    verdicts: tuple[Verdict, ...]
    tasks: dict[str, Verdict]


ANSWER = msgspec.json.Decoder(_Answer)
"""Made by one thread: see :mod:`provisioning.seats.word`."""


@contextmanager
def shown(seat: Seat, folder: Path) -> Iterator[None]:
    """Show a folder of this host to a seat, for reading only, as long as the block goes on."""
    remove = ("config", "device", "remove", seat.name, DEVICE)
    seat.engine.ask(*remove)  # what a killed program left
    device = {"type": "disk", "source": str(folder), "path": KEPT, "readonly": "true"}
    seat.engine.call("config", "device", "add", seat.name, DEVICE, *device_words(device))
    try:
        yield
    finally:
        seat.engine.ask(*remove)


def check(seat: Seat, scenario: str) -> Checked:
    """Check one scenario in a seat that is :func:`shown` what the instructor keeps. What goes wrong is in the result.

    A seat that does not answer, or answers nonsense, has proven nothing.
    """
    try:
        # Isolated: Python would run what lies below the home of root, who is the learner.
        argv = viewed("python3", "-I", f"{PROGRAM}/lab.py", "check", scenario, "--json")
        done = seat.exec(argv, timeout=TIMEOUT)
    except MachineError as error:
        return Checked(scenario=scenario, failed=error.what)
    try:
        answer = ANSWER.decode(done.stdout)
    except (msgspec.DecodeError, RecursionError):
        said = (done.stderr.strip().removeprefix("✘ ").splitlines() or ["it said nothing"])[0]
        return Checked(scenario=scenario, failed=said[:200])
    told = _told(seat, scenario)
    return Checked(
        scenario=scenario,
        verdicts=answer.verdicts,
        tasks=answer.tasks,
        hints=told.hints,
        solutions=told.solutions,
    )


def viewed(*argv: str) -> list[str]:
    """Return the command that runs ``argv`` in a seat, of the programs that the instructor keeps."""
    return [BUSYBOX, "unshare", "-m", BUSYBOX, "sh", "-c", VIEW, "check", *argv]


def _told(seat: Seat, scenario: str) -> Outcome:
    """Return the learner's results as the seat keeps them; empty ones if there are none that can be read."""
    done = seat.exec([BUSYBOX, "cat", f"{HOME}/results/{LAB}/{scenario}/outcome.json"], limit=2**20)
    try:
        return OUTCOME.decode(done.stdout)
    except (msgspec.DecodeError, RecursionError):
        return Outcome(scenario=scenario, title="")


def require_kept(seat: Seat, folder: Path) -> None:
    """Refuse to check without the programs that are kept.

    Raises:
        MachineError: they are not there.
    """
    if not folder.is_dir():
        raise MachineError("The programs that check the seats are gone.", anew(seat.name))
