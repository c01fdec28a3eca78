"""Verify scenarios."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from provisioning.environment import ORIGINAL
from provisioning.errors import UsageError
from provisioning.inert import line
from provisioning.lesson import junit as xml
from provisioning.lesson.checks import Verdict
from provisioning.lesson.steps import Evidence
from provisioning.lesson.texts import catalogue, language
from provisioning.lesson.verify import Viewer, verify_all
from provisioning.scenario.load import folder_of, require_scenarios
from provisioning.scenario.model import Scenario
from provisioning.settings import load_settings
from provisioning.show.as_json import print_json
from provisioning.show.screen import Screen
from provisioning.show.views import Views
from provisioning.verbs.options import json_option, yes_option


@click.command()
@click.argument("scenario_name", metavar="[SCENARIO]", default="")
@click.option("--all", "everything", is_flag=True, help="Every scenario, one after the other.")
@yes_option
@click.option(
    "--junit", type=click.Path(path_type=Path, file_okay=False), help="Folder for one JUnit XML file a scenario."
)
@json_option
def verify(scenario_name: str, everything: bool, yes: bool, junit: Path | None, as_json: bool) -> None:
    """Up, run, check, prove tasks, reset and checks, down: one scenario or all, for CI.

    Every scenario ends with a verdict: what goes wrong in one is its verdict, and the next is tried. The exit status is
    the highest of theirs. A scenario that is up is left alone, and told as red.

    \b
    Example: python3 lab.py verify --all --yes --junit reports
    """
    if bool(scenario_name) == everything:
        raise UsageError("Say what to verify.", "python3 lab.py verify SCENARIO, or: python3 lab.py verify --all")
    settings, screen = load_settings(), Screen()
    names = require_scenarios(settings.scenarios) if everything else [scenario_name]
    if scenario_name:
        folder_of(settings.scenarios, scenario_name)
    if junit:
        xml.prepare(junit)
    results = verify_all(settings, names, screen, yes, junit, _Unseen if as_json else _Seen)
    if as_json:
        print_json(results)
    else:
        for result in results:
            symbol = "✔" if result.status == 0 else "✘"
            click.echo(f"{symbol} {line(result.scenario)}  {result.seconds:.1f} s")
    sys.exit(max(result.status for result in results))


class _Unseen(Viewer):
    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.words = catalogue(scenario, language("", ORIGINAL))


class _Seen(_Unseen):
    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        self.views = Views()

    def steps(self, evidence: Sequence[Evidence], prediction: str) -> None:
        self.views.step(self.scenario, evidence, prediction, self.words)

    def checks(self, verdicts: Sequence[Verdict], tasks: Mapping[str, Verdict]) -> None:
        self.views.verdicts(verdicts, self.words)
        self.views.tasks(self.scenario.tasks, tasks, self.words)
