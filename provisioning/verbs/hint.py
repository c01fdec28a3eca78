"""Open a hint."""

from __future__ import annotations

import click

from provisioning.lesson.session import open_hint
from provisioning.lesson.texts import catalogue
from provisioning.scenario.load import load_named
from provisioning.settings import load_settings
from provisioning.show.screen import Screen
from provisioning.show.views import Views
from provisioning.verbs.options import lang_option, scenario_argument, task_argument


@click.command()
@scenario_argument
@task_argument
@lang_option
def hint(scenario_name: str, task_id: str, lang: str) -> None:
    """Open one more hint for a task.

    \b
    Example: python3 lab.py hint scenario-3 host-number
    """
    settings = load_settings()
    scenario = load_named(settings.scenarios, scenario_name)
    task = scenario.task(task_id)
    hints = open_hint(settings, scenario, task, Screen().say)
    Views().hints(task, hints, catalogue(scenario, lang))
