"""What an instructor sees of a class on standard output: its seats and its grades."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import click
from rich.table import Table
from rich.text import Text

from provisioning.inert import line
from provisioning.seats.classroom import HostStatus, SeatStatus, Suspended
from provisioning.seats.grades import Grade
from provisioning.seats.watch import Need, Watched
from provisioning.seats.word import Word
from provisioning.show.views import Views

NEEDS: dict[Need, str] = {
    "waves": "waves for help",
    "down": "not running",
    "stuck": "stuck",
    "works": "works",
    "silent": "not opened yet",
    "away": "away",
    "suspended": "suspended",
    "finished": "finished",
}
"""How a seat stands, in words."""
WHYS: dict[Suspended, str] = {"hand": "by hand", "silence": "nobody was active", "over": "the class is over"}
"""Why a seat is suspended, in words."""
NAME = 60
"""Letters of a name, or of a reason, that are shown at most."""


def show_seats(seats: Sequence[SeatStatus]) -> None:
    """Show the seats, a line each."""
    if not seats:
        click.echo("No seat stands. Make some: python3 lab.py class up scenario-3 --seats 3")
        return
    rows = [
        (
            *(seat.seat, seat.learner, seat.state, ", ".join(seat.scenarios)),
            *(f"{seat.memory / 2**20:.0f} MiB", str(seat.processes), _remark(seat)),
        )
        for seat in seats
    ]
    _table(("seat", "learner", "state", "scenarios", "memory", "processes", ""), rows)


def show_watched(seats: Sequence[Watched]) -> None:
    """Show the seats, a line each, with how far their learners are."""
    if not seats:
        show_seats(())
        return
    rows = []
    for seat in seats:
        word = seat.word or Word()
        stands = f"{NEEDS[seat.need]} {seat.idle // 60} min" if seat.need == "stuck" else NEEDS[seat.need]
        steps = f"{_of(word.seen, word.steps)} {word.at}".strip()
        remark = _remark(seat) or (seat.state if seat.need == "down" else "")
        told = (steps, _of(word.met, word.tasks), _ago(word.window), f"{seat.memory / 2**20:.0f} MiB", remark)
        rows.append((seat.seat, seat.learner, stands, *told))
    _table(("seat", "learner", "", "steps", "tasks", "seen", "memory", ""), rows)


def _of(some: int, every: int) -> str:
    return f"{some} of {every}" if every else ""


def _ago(at: float) -> str:
    if not at:
        return "never"
    seconds = int(time.time() - at)
    return "now" if seconds < 60 else f"{seconds // 60} min ago"


def show_hosts(hosts: Sequence[HostStatus]) -> None:
    """Show the servers, a line each."""
    rows = [
        (
            *(host.host, str(len(host.seats)), f"{host.memory} MiB", f"{host.disk / 1024:.0f} GiB"),
            *(str(host.fit), host.scarce.partition(":")[0]),
        )
        for host in hosts
    ]
    _table(("host", "seats", "memory free", "disk free", "more seats fit", "scarce"), rows)


def _remark(seat: SeatStatus) -> str:
    if not seat.whole:
        return "made by half: repeat `class up`"
    if seat.suspended:
        return WHYS[seat.suspended]
    return "" if seat.current else "made from an older golden seat"


def show_grades(grades: Sequence[Grade]) -> None:
    """Show what the checks found, a line for each scenario of a learner, with the tasks that are met."""
    if not grades:
        click.echo("Nothing was checked yet: python3 lab.py class check")
        return
    rows = []
    for grade in grades:
        met = [task for task, known in grade.tasks.items() if known.met]
        tasks = f"{len(met)} of {len(grade.tasks)}"
        told = grade.failed or ", ".join(met)
        rows.append((grade.seat, grade.learner, grade.scenario, f"{grade.holding} of {grade.checks}", tasks, told))
    _table(("seat", "learner", "scenario", "checks hold", "tasks met", ""), rows)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*(Text(line(cell, NAME)) for cell in row))
    Views().out.print(table)
