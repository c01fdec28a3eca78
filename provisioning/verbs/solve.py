"""Solve a task."""

from __future__ import annotations

import click

from provisioning.inert import plain
from provisioning.lesson.opened import stage_of
from provisioning.lesson.session import keep_shown, open_session
from provisioning.scenario.load import load_named
from provisioning.settings import load_settings
from provisioning.show.screen import Screen
from provisioning.verbs.options import scenario_argument, task_argument


@click.command()
@scenario_argument
@task_argument
def solve(scenario_name: str, task_id: str) -> None:
    """Run the reference solution of a task. Try it yourself first: the results keep that it was shown.

    \b
    Example: python3 lab.py solve scenario-3 host-number
    """
    settings, screen = load_settings(), Screen()
    scenario = load_named(settings.scenarios, scenario_name)
    task = scenario.task(task_id)
    with open_session(settings, scenario, screen, "solve") as session:
        keep_shown(settings, scenario, task, screen.say)
        with screen.phase(f"Solving {task.id} on {task.machine}"):
            session.solve(task, task.solution)
        click.echo(plain(stage_of(session.deployment).script(task.solution)))
    click.echo(f"Now: python3 lab.py check {scenario.name}")
