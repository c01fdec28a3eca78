"""Bring a class up."""

from __future__ import annotations

from pathlib import Path

import click

from provisioning.deployment import Deployment
from provisioning.errors import UsageError
from provisioning.host.setup import prepare
from provisioning.lock import locked
from provisioning.scenario.load import load_named
from provisioning.seats.admission import DISK, Limits, memory_of
from provisioning.seats.proxy import parse_allowed
from provisioning.seats.roster import Place, numbered, read_roster
from provisioning.seats.serving import Serving
from provisioning.show.as_json import print_json
from provisioning.show.classes import show_seats
from provisioning.verbs.classroom.options import open_class
from provisioning.verbs.classroom.serve import revive
from provisioning.verbs.options import json_option, yes_option


@click.command()
@click.argument("scenario_names", metavar="SCENARIO...", nargs=-1, required=True)
@click.option(
    "--roster",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A seat for each learner in this list: one name a line, or CSV with a column `name`.",
)
@click.option("--seats", "count", type=int, help="This many seats, without names.")
@click.option("--memory", type=click.IntRange(256), help="MiB of memory a seat may take. Default: what its VMs need.")
@click.option("--disk", type=click.IntRange(256), default=DISK, help="MiB a learner may write.", show_default=True)
@click.option(
    "--allow",
    "wishes",
    metavar="HOST:PORT",
    multiple=True,
    help="What seats may reach outside, by a proxy, such as deb.debian.org:80. Repeat it for more; `none` closes it.",
)
@yes_option
@json_option
def up(
    scenario_names: tuple[str, ...],
    roster: Path | None,
    count: int | None,
    memory: int | None,
    disk: int,
    wishes: tuple[str, ...],
    yes: bool,
    as_json: bool,
) -> None:
    """Have a seat stand for each learner, with the first scenario up in it and the others ready.

    What is there stays as it is. The first time the golden seat is made, which takes minutes: do it the evening before.

    \b
    Example: python3 lab.py class up scenario-3 --seats 3
             python3 lab.py class up scenario-1 scenario-3 --roster class.csv --allow deb.debian.org:80
    """
    places, allowed = _places(roster, count), parse_allowed(wishes)
    classroom, screen = open_class()
    settings = classroom.settings
    scenarios = [load_named(settings.scenarios, name) for name in dict.fromkeys(scenario_names)]
    prepare(settings, screen, yes)
    limits = Limits(memory=memory or memory_of(scenarios), disk=disk)
    with locked(settings, "class up", screen):
        classroom.up([Deployment(settings, scenario, screen) for scenario in scenarios], places, limits, allowed)
        found = classroom.status()
    revive(Serving(settings))
    if as_json:
        print_json({"seats": found, "phases": screen.timings})
    else:
        show_seats(found)


def _places(roster: Path | None, count: int | None) -> list[Place]:
    if (roster is None) == (count is None):
        raise UsageError("A class is made of a roster or of a number of seats.", "Give --roster FILE or --seats N.")
    if roster is None:
        return numbered(count or 0)
    try:
        return read_roster(roster.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The roster {roster} cannot be read: {error}.", "Save it as text in UTF-8.") from error
