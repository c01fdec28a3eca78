"""Show the seats."""

from __future__ import annotations

import click

from provisioning.seats.watch import Watch
from provisioning.show.as_json import print_json
from provisioning.show.classes import show_watched
from provisioning.verbs.classroom.options import open_class
from provisioning.verbs.options import json_option


@click.command()
@json_option
def status(as_json: bool) -> None:
    """Show the seats: who sits there, how far they are, who waves for help, and what a seat takes.

    Who needs help comes first. How far they are is the seats' own word.

    \b
    Example: python3 lab.py class status
    """
    classroom, _ = open_class()
    found = Watch(classroom.engine, classroom.settings).look(classroom.status())
    if as_json:
        print_json(found)
    else:
        show_watched(found)
