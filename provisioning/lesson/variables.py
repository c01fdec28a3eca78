"""The variables that the scripts of a scenario find in their environment: each with its meaning and its value."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provisioning.lab import Lab
    from provisioning.lesson.steps import Stage
    from provisioning.machines import Machine


@dataclass(frozen=True)
class Everywhere:
    """A variable that scripts find on every machine."""

    name: str
    meaning: str
    value: Callable[[Stage, Machine], str]


@dataclass(frozen=True)
class OnTheHost:
    """A variable that only scripts on the host find."""

    name: str
    meaning: str
    value: Callable[[Lab, Path], str]
    """Of a lab and the folder of the pictures for its report."""


@dataclass(frozen=True)
class OfAMachine:
    """Variables that only scripts on the host find, one for each machine of a kind, whose name in capitals ends it."""

    beginning: str
    meaning: str


EVERYWHERE = (
    Everywhere("LAB_SCENARIO", "the scenario's name", lambda stage, machine: stage.scenario.name),
    Everywhere("LAB_MACHINE", "the machine's name, or `host`", lambda stage, machine: machine.name),
    Everywhere("LAB_KIND", "`vm`, `container` or `host`", lambda stage, machine: machine.kind),
    Everywhere("LAB_PREFIX", "the lab's name, with which all names begin", lambda stage, machine: stage.lab),
)
ON_THE_HOST = (
    OnTheHost("LAB_FOLDER", "the scenario's folder", lambda lab, pictures: str(lab.scenario.folder)),
    OnTheHost("LAB_PYTHON", "the Python that runs the lab", lambda lab, pictures: sys.executable),
    OnTheHost("LAB_SSH_CONFIG", "the settings for `ssh -F`", lambda lab, pictures: str(lab.vms.write_ssh_config())),
    OnTheHost("LAB_ACCELERATION", "`kvm` or `qemu`", lambda lab, pictures: lab.images.sources.hypervisor()),
    OnTheHost(
        "LAB_ARTIFACTS",
        "a folder whose pictures the report shows",
        lambda lab, pictures: str(pictures),
    ),
    OnTheHost("LAB_SCRATCH", "a folder that a reset empties", lambda lab, pictures: str(lab.scratch)),
)
OF_A_MACHINE = {
    "container": OfAMachine("LAB_IMAGE_", "the container's image"),
    "vm": OfAMachine("LAB_DISK_", "the VM's golden disk"),
}
"""By the machine's kind."""
DATA = "LAB_DATA"
"""What a step on the host finds beside these: the file for what it measures."""
