"""What is found of a lab on its host, and what is baked for it. The engines are fakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import pytest
from msgspec import structs

from provisioning import deployment
from provisioning.deployment import Deployment, MachineStatus, find
from provisioning.images.golden import Images
from provisioning.images.warm import WarmState
from provisioning.machines.container import engine
from provisioning.machines.container.engine import Found
from provisioning.machines.vm import libvirt
from provisioning.names import Labelled, labels
from provisioning.progress import Quiet
from provisioning.scenario.model import VmSpec
from provisioning.settings import Settings

SETTINGS = Settings(name="mylab")


def container(name: str, machine: str) -> Found:
    of = Labelled(SETTINGS.name, SETTINGS.owner, "scenario-7", machine)
    return Found(name, "running", "image", labels(of), "1")


class Lists(Protocol):
    """What `find` asks Docker Engine."""

    def containers(self, scenario: str = "") -> list[Found]: ...


@dataclass
class FakeEngine:
    settings: Settings

    def containers(self, scenario: str = "") -> list[Found]:
        return [container("mylab-scenario-7-box", "box"), container("mine", "")]


REAL: Callable[[Settings], Lists] = engine.Engine
FAKE: Callable[[Settings], Lists] = FakeEngine
"""The type checker holds both to it."""


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> None:
    domains = {"mylab-scenario-7-vm": "shut off", "mylab-scenario-8-vm": "running", "mylab-stray": "running"}
    monkeypatch.setattr("provisioning.machines.container.engine.Engine", FAKE)
    monkeypatch.setattr(libvirt, "domains", lambda owner, prefix: domains)


@pytest.mark.usefixtures("engines")
def test_the_machines_of_a_scenario_are_found_by_label_and_by_name() -> None:
    """A container that a learner made bears no machine's name."""
    assert find(SETTINGS, "scenario-7") == [
        MachineStatus("scenario-7", "", "container", "running", "mine"),
        MachineStatus("scenario-7", "box", "container", "running", "mylab-scenario-7-box"),
        MachineStatus("scenario-7", "vm", "vm", "shut off", "mylab-scenario-7-vm"),
    ]


@pytest.mark.usefixtures("engines")
def test_without_a_scenario_the_whole_lab_is_found() -> None:
    vms = [(each.scenario, each.machine) for each in find(SETTINGS) if each.kind == "vm"]
    assert vms == [("scenario-7", "vm"), ("scenario-8", "vm")]


def test_a_state_that_two_scenarios_share_is_kept_once(opened: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[WarmState] = []

    def ensure(state: WarmState) -> bool:
        kept.append(state)
        return True

    monkeypatch.setattr(Images, "ensure", lambda images, recipes, states: False)
    monkeypatch.setattr(WarmState, "ensure", ensure)
    larger = {"vm": VmSpec(roles=("web",), memory=2048)}
    one = opened.scenario
    scenarios = [one, structs.replace(one, name="twin"), structs.replace(one, machines=larger)]
    deployments = [Deployment(opened.settings, scenario, Quiet()) for scenario in scenarios]
    assert deployment.bake(deployments)
    assert len(kept) == 2
