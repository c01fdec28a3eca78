"""Services that take questions and answer none. Programs that do the same stand in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.errors import HostError, SilentError
from provisioning.host import doctor
from provisioning.host.services import SERVICES, Service
from provisioning.settings import Settings
from tests.unit.fakes import hangs, stand_in

DOCKER = SERVICES[0]

pytestmark = pytest.mark.usefixtures("in_haste")


@pytest.mark.parametrize("service", SERVICES, ids=[service.name for service in SERVICES])
@pytest.mark.parametrize("script", ["exec sleep 60", "trap '' TERM; while :; do sleep 1; done"], ids=["", "stubborn"])
def test_a_service(service: Service, script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path / service.question[0], script, monkeypatch)
    with pytest.raises(SilentError, match=f"{service.name} does not answer within"):
        service.answers()


@pytest.mark.parametrize("service", SERVICES, ids=[service.name for service in SERVICES])
def test_what_hangs_is_not_set_up_but_told(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs(tmp_path / service.question[0], monkeypatch)
    with pytest.raises(SilentError, match=service.name):
        doctor.missing_for_up(Settings(home=tmp_path))
    found = {finding.name: finding for finding in doctor.diagnose(Settings(home=tmp_path, acceleration="tcg"))}
    assert found[service.name].status == "missing"
    assert "does not answer within" in found[service.name].detail


@pytest.mark.parametrize(("status", "answers"), [(0, True), (1, False), (125, False)])
def test_a_service_that_answers(status: int, answers: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path / "docker", f"exit {status}", monkeypatch)
    assert DOCKER.answers() is answers


def test_a_service_that_is_asked_as_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To type a password may take longer than the engine is given."""
    stand_in(tmp_path / "docker", "exit 0", monkeypatch)
    stand_in(tmp_path / "sudo", f'[ -e {tmp_path}/typed ] || sleep 2; touch {tmp_path}/typed; exec "$@"', monkeypatch)
    assert DOCKER.answers(["sudo"])


def test_another_engine_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path / "docker", "exit 0", monkeypatch)
    monkeypatch.setattr("provisioning.environment.ORIGINAL", {"DOCKER_HOST": "tcp://elsewhere"})
    with pytest.raises(HostError, match="DOCKER_HOST"):
        DOCKER.answers()
    with pytest.raises(HostError, match="DOCKER_HOST"):
        doctor.missing_for_up(Settings(home=tmp_path), engines=False)
