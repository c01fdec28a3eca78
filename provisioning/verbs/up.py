"""Bring machines up."""

from __future__ import annotations

import click

from provisioning.deployment import Deployment, find
from provisioning.host.setup import prepare
from provisioning.images.base import build_ahead
from provisioning.lock import locked
from provisioning.scenario.load import load_named
from provisioning.settings import load_settings
from provisioning.show.as_json import print_json
from provisioning.show.screen import Screen
from provisioning.stock.store import limit_growth
from provisioning.verbs.options import json_option, scenario_argument, yes_option


@click.command()
@scenario_argument
@yes_option
@json_option
def up(scenario_name: str, yes: bool, as_json: bool) -> None:
    """Bring up a scenario's VM and containers, from the same playbooks.

    What the host lacks is installed first (you are asked). The first time everything is built; then it takes seconds.

    \b
    Example: python3 lab.py up scenario-3
    """
    settings, screen = load_settings(), Screen()
    scenario = load_named(settings.scenarios, scenario_name)
    prepare(settings, screen, yes, meanwhile=lambda: build_ahead(settings, screen))
    deployment = Deployment(settings, scenario, screen)
    with locked(settings, f"up {scenario.name}", screen):
        baked = deployment.up()
    limit_growth(settings, screen, baked=baked)
    machines = find(settings, scenario.name)
    if as_json:
        print_json({"scenario": scenario.name, "machines": machines, "phases": screen.timings})
        return
    screen.status(machines)
    click.echo(f"\nNow: python3 lab.py run {scenario.name}")
