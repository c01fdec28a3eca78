"""Bring machines back."""

from __future__ import annotations

import sys

import click

from provisioning.deployment import Deployment, find
from provisioning.host.setup import prepare, retried
from provisioning.lock import locked
from provisioning.scenario.load import load_named
from provisioning.settings import load_settings
from provisioning.show.as_json import print_json
from provisioning.show.screen import Screen
from provisioning.stock.store import limit_growth
from provisioning.verbs.options import json_option, scenario_argument


@click.command()
@scenario_argument
@click.option("--prove", is_flag=True, help="Then compare every machine with what it was made of when it was new.")
@json_option
def reset(scenario_name: str, prove: bool, as_json: bool) -> None:
    """Bring a scenario's machines back to where `up` left them.

    With --prove the exit status is 1, and each difference is named, if anything of the last session is left.

    \b
    Example: python3 lab.py reset scenario-3
             python3 lab.py reset scenario-3 --prove
    """
    settings, screen = load_settings(), Screen()
    scenario = load_named(settings.scenarios, scenario_name)
    # Whether the engines answer is asked only where the work fails (see `retried`): most of the time they do.
    prepare(settings, screen, yes=False, engines=False)
    deployment = Deployment(settings, scenario, screen)
    with locked(settings, f"reset {scenario.name}", screen, discards=scenario.name):
        baked = retried(deployment.reset, settings, screen)
        differences = deployment.prove() if prove else []
    limit_growth(settings, screen, baked=baked)
    if as_json:
        proof = {"differences": differences} if prove else {}
        machines = find(settings, scenario.name)
        print_json({"scenario": scenario.name, "machines": machines, "phases": screen.timings, **proof})
    elif prove:
        # What only this needs is imported late: rich takes 0.06 s of processor time.
        from provisioning.show.views import Views

        Views().differences(differences)
    sys.exit(1 if differences else 0)
