"""Open a shell."""

from __future__ import annotations

import os
import sys

import click

from provisioning.deployment import Deployment, find
from provisioning.errors import UsageError
from provisioning.scenario.load import load_named
from provisioning.settings import load_settings
from provisioning.show.screen import Screen


@click.command()
@click.argument("machine_name", metavar="MACHINE")
@click.option("--scenario", "scenario_name", default="", help="Needed only when several scenarios are up.")
def shell(machine_name: str, scenario_name: str) -> None:
    """Open a shell as root in a machine that is up. Commands may be piped into it.

    \b
    Example: python3 lab.py shell vm
    """
    settings = load_settings()
    found = {s.scenario for s in find(settings, scenario_name) if s.machine == machine_name}
    if len(found) != 1:
        raise UsageError(
            f"No machine {machine_name!r} is up."
            if not found
            else f"{machine_name!r} is up in several scenarios: {', '.join(sorted(found))}.",
            "See what is up with: python3 lab.py status" if not found else "Name one with --scenario.",
        )
    deployment = Deployment(settings, load_named(settings.scenarios, found.pop()), Screen())
    deployment.require_up()
    argv = deployment.machine(machine_name).shell_argv(terminal=sys.stdin.isatty())
    os.execvp(argv[0], argv)  # noqa: S606 (the shell takes the terminal over)
