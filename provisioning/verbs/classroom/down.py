"""Remove a class."""

from __future__ import annotations

import click

from provisioning.lock import locked
from provisioning.seats.serving import Serving
from provisioning.verbs.classroom.options import open_class


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also the golden seat, its images and its storage; links.")
def down(everything: bool) -> None:
    """Remove every seat and the class's network. Grades stay, and the golden seat, from which seats take seconds.

    The learners' pages are not served any more. Their links open the seats of the next class again, unless --all.

    \b
    Example: python3 lab.py class down
    """
    classroom, screen = open_class()
    with locked(classroom.settings, "class down", screen):
        serving = Serving(classroom.settings)
        serving.stop()
        classroom.down(everything=everything)
        if everything:
            serving.forget()
