"""A terminal in a container ends with the terminal that it is shown in, although the engine lets it run on."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from provisioning.errors import LabError
from provisioning.machines import Machine

TERMINAL = "TERMINAL_OF_LAB"
"""The variable by which the programs of a terminal are known in a container."""
HANG_UP = """
for each in /proc/[0-9]*/environ; do
    grep -qs "$1" "$each" && kill -HUP "$(echo "$each" | tr -dc 0-9)"
done
:
"""
"""Sends the programs that have a variable in their environment what the end of a terminal sends."""


def shell_of(machine: Machine, terminal: str, told: Mapping[str, str]) -> list[str]:
    """Return the command of a container's shell that :func:`hang_up` finds by ``terminal``, an id.

    ``told`` are variables that it gets beside.
    """
    docker, execute, *rest = machine.shell_argv()
    return [docker, execute, *(f"--env={name}={value}" for name, value in {**told, TERMINAL: terminal}.items()), *rest]


def hang_up(machine: Machine, terminal: str) -> None:
    """Have what runs in a container's terminal end. Where the container is down, so is that."""
    with suppress(LabError):
        machine.exec(["sh", "-c", HANG_UP, "sh", f"{TERMINAL}={terminal}"], timeout=20)
