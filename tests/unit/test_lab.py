"""What is found of a lab on its host, at engines that are fakes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from provisioning.lab import MachineStatus, find
from provisioning.machines.container.engine import Found
from provisioning.machines.vm import libvirt
from provisioning.names import Labelled, labels
from provisioning.settings import Settings

SETTINGS = Settings(name="mylab")


def container(name: str, machine: str) -> Found:
    of = Labelled(SETTINGS.name, SETTINGS.owner, "scenario-7", machine)
    return Found(name, "running", "image", labels(of), "1")


@dataclass
class Engine:
    settings: Settings

    def containers(self, scenario: str) -> list[Found]:
        return [container("mylab-scenario-7-box", "box"), container("mine", "")]


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> None:
    domains = {"mylab-scenario-7-vm": "shut off", "mylab-scenario-8-vm": "running", "mylab-stray": "running"}
    monkeypatch.setattr("provisioning.machines.container.engine.Engine", Engine)
    monkeypatch.setattr(libvirt, "domains", lambda owner, prefix: domains)


def test_the_machines_of_a_scenario_are_found_by_label_and_by_name() -> None:
    """A container that a learner made bears no machine's name."""
    assert find(SETTINGS, "scenario-7") == [
        MachineStatus("scenario-7", "", "container", "running", "mine"),
        MachineStatus("scenario-7", "box", "container", "running", "mylab-scenario-7-box"),
        MachineStatus("scenario-7", "vm", "vm", "shut off", "mylab-scenario-7-vm"),
    ]


def test_without_a_scenario_the_whole_lab_is_found() -> None:
    vms = [(each.scenario, each.machine) for each in find(SETTINGS) if each.kind == "vm"]
    assert vms == [("scenario-7", "vm"), ("scenario-8", "vm")]
