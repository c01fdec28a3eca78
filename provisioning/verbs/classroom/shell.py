"""Open a shell in a seat."""

from __future__ import annotations

import sys

import click

from provisioning.machines.command import attend
from provisioning.seats.classroom import require_going
from provisioning.seats.seat import PROGRAM, Seat
from provisioning.verbs.classroom.options import open_class


@click.command()
@click.argument("seat_name", metavar="SEAT")
@click.argument("machine_name", metavar="[MACHINE]", default="")
def shell(seat_name: str, machine_name: str) -> None:
    """Open a shell as root in a seat, or in a machine that is up in it. Commands may be piped into it.

    \b
    Example: python3 lab.py class shell 7
             python3 lab.py class shell 7 vm
    """
    classroom, _ = open_class()
    (seat,) = classroom.seats([seat_name])
    require_going(seat, or_suspended=False)
    inside = ["python3", f"{PROGRAM}/lab.py", "shell", machine_name] if machine_name else ["bash", "--login"]
    argv = Seat(classroom.engine, seat.seat).shell_argv(terminal=sys.stdin.isatty(), inside=inside)
    # LXD 5.0's client outlives its terminal, and with it what it runs in the seat.
    sys.exit(attend(argv, classroom.engine.environment))
