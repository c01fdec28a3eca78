"""Make seats new."""

from __future__ import annotations

import sys

import click

from provisioning.lock import locked
from provisioning.show.as_json import print_json
from provisioning.show.views import Views
from provisioning.verbs.classroom.options import open_class, seats_argument
from provisioning.verbs.options import json_option


@click.command()
@seats_argument
@click.option("--prove", is_flag=True, help="Then compare the machines in each seat with what they are when new.")
@json_option
def reset(seat_names: tuple[str, ...], prove: bool, as_json: bool) -> None:
    """Make seats new, all of them where none is named: whatever was done in them is gone. Grades stay.

    With --prove the exit status is 1, and each difference is named, if anything of the last session is left.

    \b
    Example: python3 lab.py class reset
             python3 lab.py class reset 7 --prove
    """
    classroom, screen = open_class()
    with locked(classroom.settings, "class reset", screen):
        told = classroom.reset(classroom.seats(seat_names), prove=prove)
    if as_json:
        print_json({"differences": told, "phases": screen.timings})
    else:
        for seat, differences in sorted(told.items()):
            if differences:
                screen.say(f"{seat} is not as a new one:")
            Views().differences(differences)
    sys.exit(1 if any(told.values()) else 0)
