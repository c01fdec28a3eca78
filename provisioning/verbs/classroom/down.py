"""Remove a class."""

from __future__ import annotations

import click

from provisioning.lock import locked
from provisioning.verbs.classroom.options import open_class


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also the golden seat, its images and its storage.")
def down(everything: bool) -> None:
    """Remove every seat and the class's network. Grades stay, and the golden seat, from which seats take seconds.

    \b
    Example: python3 lab.py class down
    """
    classroom, screen = open_class()
    with locked(classroom.settings, "class down", screen):
        classroom.down(everything=everything)
