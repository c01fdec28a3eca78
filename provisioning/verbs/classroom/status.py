"""Show the seats."""

from __future__ import annotations

import click

from provisioning.show.as_json import print_json
from provisioning.show.classes import show_seats
from provisioning.verbs.classroom.options import open_class
from provisioning.verbs.options import json_option


@click.command()
@json_option
def status(as_json: bool) -> None:
    """Show the seats: who sits there, whether it runs, and what it takes.

    \b
    Example: python3 lab.py class status
    """
    found = open_class()[0].status()
    if as_json:
        print_json(found)
    else:
        show_seats(found)
