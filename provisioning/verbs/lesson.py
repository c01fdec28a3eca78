"""Read a lesson."""

from __future__ import annotations

import click

from provisioning.lesson import texts
from provisioning.scenario.load import load_named
from provisioning.settings import load_settings
from provisioning.show.views import Views
from provisioning.verbs.options import lang_option, scenario_argument


@click.command()
@scenario_argument
@lang_option
def lesson(scenario_name: str, lang: str) -> None:
    """Read the lesson of a scenario, and its tasks.

    \b
    Example: python3 lab.py lesson scenario-3 --lang ko
    """
    scenario, views = load_named(load_settings().scenarios, scenario_name), Views()
    views.lesson(texts.lesson(scenario, lang))
    views.tasks(scenario.tasks, {}, texts.catalogue(scenario, lang))
