"""Remove what is not needed."""

from __future__ import annotations

import click

from provisioning.lock import locked
from provisioning.settings import load_settings
from provisioning.show.as_json import print_json
from provisioning.show.screen import Screen
from provisioning.show.views import Views
from provisioning.stock import store
from provisioning.verbs.options import json_option


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also what scenarios ask for: it is built anew when needed.")
@json_option
def prune(everything: bool, as_json: bool) -> None:
    """Remove what no scenario asks for any more. What a machine needs that is up, of whatever lab, stays.

    \b
    Example: python3 lab.py images prune
    """
    settings, screen = load_settings(), Screen()
    with locked(settings, "images prune", screen), screen.phase("Pruning images"):
        gone = store.prune(store.every_deployment(settings, screen), everything=everything)
    if as_json:
        print_json(gone)
    else:
        Views().stored(gone)
