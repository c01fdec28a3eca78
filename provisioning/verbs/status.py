"""Show what is up."""

from __future__ import annotations

import click

from provisioning.deployment import find
from provisioning.settings import load_settings
from provisioning.show.as_json import print_json
from provisioning.show.screen import Screen
from provisioning.verbs.options import json_option


@click.command()
@json_option
def status(as_json: bool) -> None:
    """Show the machines that are up.

    \b
    Example: python3 lab.py status
    """
    machines = find(load_settings())
    if as_json:
        print_json(machines)
    else:
        Screen().status(machines)
