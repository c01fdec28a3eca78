"""Suspend seats."""

from __future__ import annotations

import click

from provisioning.lock import locked
from provisioning.verbs.classroom.options import open_class, seats_argument


@click.command()
@seats_argument
def suspend(seat_names: tuple[str, ...]) -> None:
    """Have seats stand still, all of them where none is named: nothing runs in them until they are resumed.

    They keep all they have in this host's memory, programs and VMs as well, and take no processor. A restart of the
    host ends what runs in them, as in any seat; files stay. `class check` wakes a seat as long as it takes.

    \b
    Example: python3 lab.py class suspend
    """
    classroom, screen = open_class()
    with locked(classroom.settings, "class suspend", screen):
        classroom.suspend(classroom.seats(seat_names))
