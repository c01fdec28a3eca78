"""What an error of Docker Engine means to the user."""

from __future__ import annotations

import pytest
from docker.errors import APIError
from requests.exceptions import ConnectionError as NoConnection

from provisioning.machines.container.engine import Engine, explained
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


def test_a_limit_of_memory_is_one_with_swap_too() -> None:
    spec = ContainerSpec(memory=64, cpus=0.5)
    assert Engine._limits(spec) == {"mem_limit": "64m", "memswap_limit": "64m", "nano_cpus": 500_000_000}
