"""An engine that takes questions and answers none: a socket and programs that do the same stand for it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.errors import HostError, MachineError, SilentError
from provisioning.host import doctor, services
from provisioning.host.services import SERVICES, Service
from provisioning.lesson import checks
from provisioning.machines import command
from provisioning.machines.container import engine
from provisioning.machines.container.cli import has_images, make_network
from provisioning.machines.vm import libvirt
from provisioning.scenario.model import ContainerSpec, Scenario
from provisioning.settings import Settings

DOCKER = SERVICES[0]


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Engines are given up at once; the user's own Docker is this host's."""
    for module in (command, engine, libvirt, services):
        monkeypatch.setattr(module, "ASKING", 1)
    monkeypatch.setattr("provisioning.machines.container.cli.ASKING", 1)
    monkeypatch.setattr(command, "PING", 0.2)
    monkeypatch.setattr("provisioning.environment.ORIGINAL", {"HOME": str(tmp_path)})


def hangs(program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str = "exec sleep 60") -> None:
    """Have a program that sleeps take the place of ``docker`` or ``virsh``."""
    (tmp_path / program).write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[Path]:
    """A socket that takes every connection and never answers, as dockerd's when it is stopped."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "docker.sock"))
        listener.listen()
        yield tmp_path / "docker.sock"


def test_the_sdk(silent: Path) -> None:
    with pytest.raises(SilentError, match="Docker Engine does not answer within 1 s"):
        engine._connect(str(silent))


def test_an_engine_that_is_not_there_does_not_hang(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="Docker Engine does not answer") as raised:
        engine._connect(str(tmp_path / "nothing"))
    assert not isinstance(raised.value, SilentError)
    assert "setup" in raised.value.cure


@pytest.mark.parametrize("service", SERVICES, ids=[service.name for service in SERVICES])
@pytest.mark.parametrize("script", ["exec sleep 60", "trap '' TERM; while :; do sleep 1; done"], ids=["", "stubborn"])
def test_a_service(service: Service, script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs(service.question[0], tmp_path, monkeypatch, script)
    with pytest.raises(SilentError, match=f"{service.name} does not answer within"):
        service.answers()


@pytest.mark.parametrize("service", SERVICES, ids=[service.name for service in SERVICES])
def test_what_hangs_is_not_set_up_but_told(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs(service.question[0], tmp_path, monkeypatch)
    with pytest.raises(SilentError, match=service.name):
        doctor.missing_for_up(Settings(home=tmp_path))
    found = {finding.name: finding for finding in doctor.diagnose(Settings(home=tmp_path, acceleration="tcg"))}
    assert found[service.name].status == "missing"
    assert "does not answer within" in found[service.name].detail


@pytest.mark.parametrize(("status", "answers"), [(0, True), (1, False), (125, False)])
def test_a_service_that_answers(status: int, answers: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs("docker", tmp_path, monkeypatch, f"exit {status}")
    assert DOCKER.answers() is answers


def test_a_service_that_is_asked_as_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To type a password may take longer than the engine is given."""
    hangs("docker", tmp_path, monkeypatch, "exit 0")
    hangs("sudo", tmp_path, monkeypatch, f'[ -e {tmp_path}/typed ] || sleep 2; touch {tmp_path}/typed; exec "$@"')
    assert DOCKER.answers(["sudo"])


def test_libvirt_while_the_lab_asks_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs("virsh", tmp_path, monkeypatch)
    for ask in (
        lambda: libvirt.domains("0:/home", "lab-"),
        lambda: libvirt.definitions("lab-x"),
        lambda: libvirt.virsh("x", timeout=1),
    ):
        with pytest.raises(SilentError, match="libvirt does not answer"):
            ask()


def test_docker_while_the_lab_asks_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs("docker", tmp_path, monkeypatch)
    for ask in (
        lambda: has_images(["x"]),
        lambda: make_network(Settings(), "scenario-1"),
        lambda: command.run(["docker"], timeout=1),
    ):
        with pytest.raises(SilentError, match="Docker Engine does not answer"):
            ask()


def test_docker_while_the_checks_ask_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check itself would wait for ever."""
    hangs("docker", tmp_path, monkeypatch)
    monkeypatch.setattr(checks, "SILENCE", 1)
    monkeypatch.setattr(checks, "ASKING", 1)
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "test_it.py").write_text("def test_it(container): pass\n")
    scenario = Scenario(
        name="s", folder=tmp_path / "s", title="", summary="", claims=(), machines={"a": ContainerSpec()}, steps=()
    )
    target = checks.CheckTarget("lab", "s", "/nowhere", {"a": checks.Connection("container", "docker://lab-s-a")})
    with pytest.raises(SilentError, match="Docker Engine does not answer within 1 s"):
        checks.run_checks(scenario, target, lambda verdict: None)


def test_a_command_that_takes_long_while_its_engine_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs("docker", tmp_path, monkeypatch, '[ "$1" = version ] && exit 0; exec sleep 60')
    with pytest.raises(MachineError, match=r"`docker exec x` did not end within 0.2 s"):
        command.run(["docker", "exec", "x"], timeout=0.2)


def test_another_engine_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs("docker", tmp_path, monkeypatch, "exit 0")
    engine.connect.cache_clear()  # whoever asked in this process before had an engine
    monkeypatch.setattr("provisioning.environment.ORIGINAL", {"DOCKER_HOST": "tcp://elsewhere"})
    with pytest.raises(HostError, match="DOCKER_HOST"):
        DOCKER.answers()
    with pytest.raises(HostError, match="DOCKER_HOST"):
        doctor.missing_for_up(Settings(home=tmp_path), engines=False)
    with pytest.raises(HostError, match="DOCKER_HOST"):
        engine.connect()
