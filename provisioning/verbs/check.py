"""Prove a scenario's claims."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from provisioning.errors import UsageError
from provisioning.lesson import junit as xml
from provisioning.lesson.checks import are_green
from provisioning.lesson.session import open_session
from provisioning.lesson.texts import catalogue
from provisioning.scenario.load import load_named
from provisioning.settings import load_settings
from provisioning.show.as_json import print_json
from provisioning.show.screen import Screen
from provisioning.show.views import Views
from provisioning.verbs.options import json_option, lang_option, scenario_argument


@click.command()
@scenario_argument
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Also write the verdicts as JUnit XML.")
@click.option("--task", "task_id", default="", help="Check the goal of this task alone; the exit status tells of it.")
@lang_option
@json_option
def check(scenario_name: str, junit: Path | None, task_id: str, lang: str, as_json: bool) -> None:
    """Prove the scenario's claims on its machines with testinfra, and tell which tasks are done.

    The exit status tells of the claims; a task that is not done is no failure.

    \b
    Example: python3 lab.py check scenario-3 --junit check.xml
    """
    settings, screen = load_settings(), Screen()
    scenario = load_named(settings.scenarios, scenario_name)
    task = scenario.task(task_id) if task_id else None
    if junit and task:
        raise UsageError("--junit tells of the claims, not of a task.", "Leave out --junit or --task.")
    if junit:
        xml.prepare(junit.parent)
    with open_session(settings, scenario, screen, "check") as session:
        words = catalogue(scenario, lang)
        if task:
            tasks = {task.id: session.check_task(task)}
            verdicts = [*tasks.values()]
        else:
            verdicts, tasks = session.check(junit)
    if as_json:
        print_json({"verdicts": [] if task else verdicts, "tasks": tasks})
    else:
        views = Views()
        views.verdicts(verdicts, words)
        views.tasks([task] if task else scenario.tasks, tasks, words)
    sys.exit(0 if are_green(verdicts) else 1)
