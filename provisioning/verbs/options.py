"""The arguments and options that several verbs take."""

from __future__ import annotations

import click

from provisioning.environment import ORIGINAL
from provisioning.lesson.texts import language


def _language(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Return the language of lessons. Refuse an unknown one before anything is done."""
    return language(value, ORIGINAL)


scenario_argument = click.argument("scenario_name", metavar="SCENARIO")
scenarios_argument = click.argument("scenario_names", metavar="[SCENARIO]...", nargs=-1)
task_argument = click.argument("task_id", metavar="TASK")
lang_option = click.option(
    "--lang",
    default="",
    callback=_language,
    help="Language of the lesson: en or ko. Default: what LANG says.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")
yes_option = click.option("--yes", is_flag=True, help="Install what the host lacks without asking.")
