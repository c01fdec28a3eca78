"""Open a shell."""

from __future__ import annotations

import os
import sys
import uuid
from typing import NoReturn

import click

from provisioning.deployment import Deployment, find
from provisioning.errors import UsageError
from provisioning.machines import Machine
from provisioning.machines.command import attend
from provisioning.machines.container.terminal import hang_up, shell_of
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
    machine, terminal = deployment.machine(machine_name), sys.stdin.isatty()
    if machine.kind == "container" and terminal:
        _in_container(machine)
    argv = machine.shell_argv(terminal=terminal)
    os.execvp(argv[0], argv)  # noqa: S606 (the shell takes the terminal over)


def _in_container(machine: Machine) -> NoReturn:
    """Run a shell in a container until its end, or that of this terminal."""
    name = uuid.uuid4().hex
    try:
        sys.exit(attend(shell_of(machine, name, {})))
    except KeyboardInterrupt:  # also: the terminal was closed
        hang_up(machine, name)
        raise
