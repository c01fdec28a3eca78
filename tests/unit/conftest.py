"""What the tests of several rooms begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning import playbook
from provisioning.deployment import Deployment
from provisioning.machines import command
from provisioning.machines.vm import libvirt
from provisioning.progress import Quiet
from provisioning.scenario.model import ContainerSpec, Scenario, VmSpec
from provisioning.settings import Settings
from tests.unit.fakes import FakeEngine


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """A Docker Engine that holds nothing yet, beside a libvirt without domains."""
    fake = FakeEngine()
    monkeypatch.setattr("provisioning.machines.container.engine.Engine", lambda settings: fake)
    monkeypatch.setattr(libvirt, "names", list)
    return fake


@pytest.fixture
def role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one file of the only role there is."""
    monkeypatch.setattr(playbook, "ROLES", tmp_path / "roles")
    file = tmp_path / "roles" / "web" / "main.yml"
    file.parent.mkdir(parents=True)
    file.write_text("one")
    return file


@pytest.fixture
def opened(tmp_path: Path, engine: FakeEngine, role: Path) -> Deployment:
    """A VM and a container of one role; nothing is baked yet."""
    scenario = Scenario(
        name="scenario-7",
        folder=tmp_path,
        title="",
        summary="",
        claims=(),
        machines={"vm": VmSpec(roles=("web",)), "box": ContainerSpec(roles=("web",))},
        steps=(),
    )
    return Deployment(Settings(home=tmp_path / "home", acceleration="tcg"), scenario, Quiet())


@pytest.fixture
def in_haste(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Engines are given up at once; the user's own Docker is this host's."""
    for module in ("machines.command", "machines.container.engine", "machines.container.cli", "machines.vm.libvirt"):
        monkeypatch.setattr(f"provisioning.{module}.ASKING", 1)
    monkeypatch.setattr("provisioning.host.services.ASKING", 1)
    monkeypatch.setattr(command, "PING", 0.2)
    monkeypatch.setattr("provisioning.environment.ORIGINAL", {"HOME": str(tmp_path)})
