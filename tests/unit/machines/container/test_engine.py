"""What Docker Engine means to the user when it refuses, is gone or does not answer."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.errors import APIError
from requests.exceptions import ConnectionError as NoConnection

from provisioning.errors import HostError, SilentError
from provisioning.machines.container import engine
from provisioning.machines.container.engine import explained, limits
from provisioning.scenario.model import ContainerSpec


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (APIError("403 Client Error", explanation="it has active endpoints"), 4, "it has active endpoints"),
        (NoConnection("reset by peer"), 3, "stopped answering"),
    ],
    ids=["refused", "gone"],
)
def test_what_nobody_expected_of_the_engine_is_told(error: Exception, status: int, told: str) -> None:
    known = explained(error)
    assert known is not None
    assert known.exit_status == status
    assert told in known.what


def test_what_is_not_the_engine_s_is_not_told_as_such() -> None:
    assert explained(ValueError("ours")) is None


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[Path]:
    """A socket that takes every connection and never answers, as dockerd's when it is stopped."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "docker.sock"))
        listener.listen()
        yield tmp_path / "docker.sock"


@pytest.mark.usefixtures("in_haste")
def test_an_engine_that_takes_a_question_and_does_not_answer(silent: Path) -> None:
    with pytest.raises(SilentError, match="Docker Engine does not answer within 1 s"):
        engine.connect_to(str(silent))


def test_an_engine_that_is_not_there_does_not_hang(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="Docker Engine does not answer") as raised:
        engine.connect_to(str(tmp_path / "nothing"))
    assert not isinstance(raised.value, SilentError)
    assert "setup" in raised.value.cure


def test_another_engine_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    engine.connect.cache_clear()  # whoever asked in this process before had an engine
    monkeypatch.setattr("provisioning.environment.ORIGINAL", {"DOCKER_HOST": "tcp://elsewhere"})
    with pytest.raises(HostError, match="DOCKER_HOST"):
        engine.connect()


def test_a_limit_of_memory_is_one_with_swap_too() -> None:
    spec = ContainerSpec(memory=64, cpus=0.5)
    assert limits(spec) == {"mem_limit": "64m", "memswap_limit": "64m", "nano_cpus": 500_000_000}
