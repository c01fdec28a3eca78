"""Write the report."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from provisioning.errors import UsageError
from provisioning.lesson.texts import readable
from provisioning.scenario.load import load_named
from provisioning.settings import load_settings
from provisioning.show.report import write_report
from provisioning.show.screen import Screen
from provisioning.verbs.options import lang_option, scenarios_argument


@click.command()
@scenarios_argument
@click.option("--output", type=click.Path(path_type=Path), default=Path("report.html"), show_default=True)
@lang_option
def report(scenario_names: tuple[str, ...], output: Path, lang: str) -> None:
    """Write one self-contained page of what was predicted, seen and proven, and the same as JSON beside it.

    Without a name it tells of every scenario that was run or checked.

    \b
    Example: python3 lab.py report --output report.html
    """
    settings, mistakes = load_settings(), list[UsageError]()
    if scenario_names:
        scenarios = [load_named(settings.scenarios, name) for name in scenario_names]
    else:
        found, mistakes = readable(settings.scenarios, lang)
        scenarios = [scenario for scenario, _ in found]
    for mistake in mistakes:
        Screen().error(mistake.what, mistake.cure)
    pages = write_report(settings, scenarios, output, lang)
    click.echo(f"Written: {' and '.join(map(str, pages))}")
    sys.exit(2 if mistakes else 0)
