"""Check the seats."""

from __future__ import annotations

import sys

import click

from provisioning.lock import locked
from provisioning.show.as_json import print_json
from provisioning.show.classes import show_grades
from provisioning.verbs.classroom.options import open_class, seats_argument
from provisioning.verbs.options import json_option


@click.command()
@seats_argument
@json_option
def check(seat_names: tuple[str, ...], as_json: bool) -> None:
    """Check the seats from outside, all of them where none is named, and keep what was found as grades.

    The checks are made with the program and the scenarios of the instructor, not with what lies in the seat. The exit
    status is 1 if a claim does not hold in a seat, or could not be checked.

    \b
    Example: python3 lab.py class check
    """
    classroom, screen = open_class()
    with locked(classroom.settings, "class check", screen):
        found = classroom.check(classroom.seats(seat_names))
    if as_json:
        print_json(found)
    else:
        show_grades(found)
    sys.exit(0 if found and all(grade.checks and grade.holding == grade.checks for grade in found) else 1)
