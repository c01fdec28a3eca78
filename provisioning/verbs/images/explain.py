"""Explain why something is kept."""

from __future__ import annotations

import click

from provisioning.settings import load_settings
from provisioning.show.as_json import print_json
from provisioning.show.screen import Screen
from provisioning.show.views import Views
from provisioning.stock.explain import chains
from provisioning.stock.explain import explain as explanation_of
from provisioning.stock.store import every_deployment
from provisioning.verbs.options import json_option


@click.command()
@click.argument("name", metavar="KEY|SCENARIO")
@json_option
def explain(name: str, as_json: bool) -> None:
    """Tell why an image is there: who asks for it, what it was made from, and what changed since.

    KEY is the beginning of a key that `images list` shows. Of a scenario it is told what each of its machines is made
    from, and why what is missing will be built.

    \b
    Example: python3 lab.py images explain 5cefe5d4
             python3 lab.py images explain scenario-3
    """
    deployments = every_deployment(load_settings(), Screen())
    named = next((deployment for deployment in deployments if deployment.scenario.name == name), None)
    if named:
        found = chains(deployments, named)
        if as_json:
            print_json({"scenario": name, "machines": found})
        else:
            Views().chains(found)
        return
    explanation = explanation_of(deployments, name)
    if as_json:
        print_json(explanation)
    else:
        Views().explanation(explanation)
