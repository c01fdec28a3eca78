"""Build ahead."""

from __future__ import annotations

import click

from provisioning.deployment import Deployment, bake
from provisioning.host.setup import prepare
from provisioning.images.base import build_ahead
from provisioning.lock import locked
from provisioning.scenario.load import folder_of, load_named
from provisioning.settings import load_settings
from provisioning.show.screen import Screen
from provisioning.stock.store import every_deployment, limit_growth
from provisioning.verbs.options import scenarios_argument, yes_option


@click.command()
@scenarios_argument
@yes_option
def build(scenario_names: tuple[str, ...], yes: bool) -> None:
    """Build ahead what `up` starts from, for some scenarios or for all: do it the evening before the class.

    \b
    Example: python3 lab.py images build scenario-1 scenario-3
    """
    settings, screen = load_settings(), Screen()
    for name in scenario_names:
        folder_of(settings.scenarios, name)
    prepare(settings, screen, yes, meanwhile=lambda: build_ahead(settings, screen))
    with locked(settings, "images build", screen):
        if scenario_names:  # a mistake in another scenario does not matter
            scenarios = [load_named(settings.scenarios, name) for name in dict.fromkeys(scenario_names)]
            deployments = [Deployment(settings, scenario, screen) for scenario in scenarios]
        else:
            deployments = every_deployment(settings, screen)
        baked = bake(deployments)
    limit_growth(settings, screen, baked=baked)
