"""Run a lesson's steps."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from provisioning.lesson.session import open_session
from provisioning.lesson.steps import Evidence
from provisioning.lesson.texts import catalogue
from provisioning.scenario.load import load_named
from provisioning.scenario.model import Step
from provisioning.settings import load_settings
from provisioning.show.as_json import print_json
from provisioning.show.screen import Screen
from provisioning.show.views import Views
from provisioning.verbs.options import json_option, lang_option, scenario_argument


@click.command()
@scenario_argument
@click.option("--step", "step_ids", metavar="ID", multiple=True, help="Only this step; may be given several times.")
@lang_option
@json_option
def run(scenario_name: str, step_ids: tuple[str, ...], lang: str, as_json: bool) -> None:
    """Run the lesson's steps and show host, VM and containers side by side.

    In a terminal you are asked for your prediction first, where a step has a question.

    \b
    Example: python3 lab.py run scenario-3
    """
    settings, screen, views = load_settings(), Screen(), Views()
    scenario = load_named(settings.scenarios, scenario_name)
    steps = [scenario.step(name) for name in step_ids]
    with open_session(settings, scenario, screen, "run") as session:
        words = catalogue(scenario, lang)

        def ask(step: Step) -> str:
            return views.ask(step, words)

        def show(found: Sequence[Evidence], prediction: str) -> None:
            if not as_json:
                views.step(scenario, found, prediction, words)

        asks = not as_json and sys.stdin.isatty() and sys.stdout.isatty()
        evidence = session.run(ask if asks else None, show, steps)
    if as_json:
        print_json(evidence)
    sys.exit(0 if all(each.ok for each in evidence) else 1)
