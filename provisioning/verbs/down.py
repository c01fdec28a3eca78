"""Take machines down."""

from __future__ import annotations

import click

from provisioning import deployment
from provisioning.errors import UsageError
from provisioning.lock import EVERY, locked
from provisioning.scenario.load import folder_of
from provisioning.settings import load_settings
from provisioning.show.screen import Screen


@click.command()
@click.argument("scenario_name", metavar="[SCENARIO]", default="")
@click.option("--all", "everything", is_flag=True, help="Every scenario, and what an interrupted `up` left.")
@click.option("--keep", is_flag=True, help="Suspend the machines instead: `up` goes on with them where they were.")
def down(scenario_name: str, everything: bool, keep: bool) -> None:
    """Remove a scenario's machines, volumes and networks. The images stay: they make the next `up` fast.

    With --keep VMs are suspended to disk with their memory, and containers stopped with their files.

    \b
    Example: python3 lab.py down scenario-3
             python3 lab.py down scenario-3 --keep
             python3 lab.py down --all
    """
    if bool(scenario_name) == everything:
        raise UsageError("Say what to take down.", "python3 lab.py down SCENARIO, or: python3 lab.py down --all")
    settings, screen = load_settings(), Screen()
    if scenario_name:
        folder_of(settings.scenarios, scenario_name)  # its file may be broken; its machines must go all the same
    with locked(settings, "down", screen, discards=scenario_name or EVERY):
        (deployment.suspend if keep else deployment.down)(settings, scenario_name, screen)
