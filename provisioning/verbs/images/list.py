"""List what is kept."""

from __future__ import annotations

import click

from provisioning.settings import load_settings
from provisioning.show.as_json import print_json
from provisioning.show.screen import Screen
from provisioning.show.views import Views
from provisioning.stock.store import disk_use, every_deployment, stored
from provisioning.verbs.options import json_option


@click.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Show the images and warm states on this host: whether a scenario asks for them, and whether a machine needs them.

    The last line tells what the cache takes, and the limit that LAB_CACHE_LIMIT sets to it.

    \b
    Example: python3 lab.py images list
    """
    settings = load_settings()
    found = stored(every_deployment(settings, Screen()))
    if as_json:
        print_json(found)
    else:
        views = Views()
        views.stored(found)
        views.disk_use(disk_use(settings, found))
