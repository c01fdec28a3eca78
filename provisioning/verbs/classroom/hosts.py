"""Show the servers of a class."""

from __future__ import annotations

import click

from provisioning.show.as_json import print_json
from provisioning.show.classes import show_hosts
from provisioning.verbs.classroom.options import open_class
from provisioning.verbs.options import json_option


@click.command()
@json_option
def hosts(as_json: bool) -> None:
    """Show the servers that hold seats: what is free there, and how many more seats fit.

    \b
    Example: python3 lab.py class hosts
    """
    found = open_class()[0].hosts()
    if as_json:
        print_json(found)
    else:
        show_hosts(found)
