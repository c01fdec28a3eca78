"""The arguments that several of these verbs take, and what each of them begins with."""

from __future__ import annotations

import click

from provisioning.seats.classroom import Classroom
from provisioning.seats.engine import connect
from provisioning.settings import load_settings
from provisioning.show.screen import Screen

seats_argument = click.argument("seat_names", metavar="[SEAT]...", nargs=-1)


def open_class() -> tuple[Classroom, Screen]:
    """Return the class of this lab, and the screen.

    Raises:
        HostError: the user is not root, or no engine answers.
    """
    settings, screen = load_settings(), Screen()
    return Classroom(settings, connect(settings), screen), screen
