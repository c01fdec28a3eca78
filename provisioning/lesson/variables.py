"""The variables that the scripts of a scenario find in their environment: each with its meaning and its value.

Those that users set are another table (:data:`provisioning.settings.VARIABLES`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from provisioning.settings import REPOSITORY

if TYPE_CHECKING:
    from provisioning.deployment import Deployment
    from provisioning.lesson.steps import Stage
    from provisioning.machines import Machine


@dataclass(frozen=True)
class Variable:
    """A variable and what `labs/README.md` tells of it."""

    name: str
    meaning: str


@dataclass(frozen=True)
class Everywhere(Variable):
    """One that scripts find on every machine."""

    value: Callable[[Stage, Machine], str]


@dataclass(frozen=True)
class OnTheHost(Variable):
    """One that only scripts on the host find."""

    value: Callable[[Deployment, Path], str]
    """From a deployment and the folder of the pictures for its report."""


@dataclass(frozen=True)
class OfAMachine(Variable):
    """One for each machine of a kind, whose name in capitals ends it; only scripts on the host find it."""


EVERYWHERE = (
    Everywhere("LAB_SCENARIO", "the scenario's name", lambda stage, machine: stage.scenario.name),
    Everywhere("LAB_MACHINE", "the machine's name, or `host`", lambda stage, machine: machine.name),
    Everywhere("LAB_KIND", "`vm`, `container` or `host`", lambda stage, machine: machine.kind),
    Everywhere("LAB_PREFIX", "the lab's name (`LAB_NAME`)", lambda stage, machine: stage.lab),
)
ON_THE_HOST = (
    OnTheHost("LAB_FOLDER", "the scenario's folder", lambda deployment, pictures: str(deployment.scenario.folder)),
    OnTheHost(
        "LAB_TOOLS",
        "a folder of Python modules for measuring: `sampling`, `memory`, `figures`",
        lambda _, pictures: str(REPOSITORY / "labs" / "tools"),
    ),
    OnTheHost("LAB_PYTHON", "a Python with the lab's packages", lambda _, pictures: sys.executable),
    OnTheHost(
        "LAB_SSH_CONFIG",
        "a file for `ssh -F`; each VM's host name is its domain",
        lambda deployment, pictures: str(deployment.vms.write_ssh_config()),
    ),
    OnTheHost(
        "LAB_HYPERVISOR",
        "`kvm`, or `qemu` for emulation",
        lambda deployment, pictures: deployment.images.sources.hypervisor(),
    ),
    OnTheHost("LAB_SCRATCH", "a folder that a reset empties", lambda deployment, pictures: str(deployment.scratch)),
    OnTheHost(
        "LAB_ARTIFACTS",
        "a folder: its pictures (`.png`, `.svg`) go into the report",
        lambda _, pictures: str(pictures),
    ),
)
OF_A_MACHINE = {
    "container": OfAMachine("LAB_IMAGE_", "a container's golden image"),
    "vm": OfAMachine("LAB_DISK_", "a VM's golden disk; never write to it"),
}
"""By the machine's kind."""
DATA = Variable("LAB_DATA", "a file for measurements")
"""What a step finds on the host beside these."""
