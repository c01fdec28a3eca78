"""Resume seats."""

from __future__ import annotations

import click

from provisioning.lock import locked
from provisioning.verbs.classroom.options import open_class, seats_argument


@click.command()
@seats_argument
def resume(seat_names: tuple[str, ...]) -> None:
    """Have suspended seats go on where they were, all of them where none is named.

    `class up` resumes them as well.

    \b
    Example: python3 lab.py class resume
    """
    classroom, screen = open_class()
    with locked(classroom.settings, "class resume", screen):
        classroom.resume(classroom.seats(seat_names))
