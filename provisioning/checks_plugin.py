"""The pytest plugin under which a scenario's checks run: connections to its machines, and verdicts as they fall.

Loaded by :mod:`provisioning.checks` alone, in a pytest of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import testinfra
from testinfra.host import Host

from provisioning.checks import TARGET_VARIABLE, CheckTarget, Verdict

TARGET = msgspec.json.decode(Path(os.environ[TARGET_VARIABLE]).read_bytes(), type=CheckTarget)


def _connect(name: str) -> Host:
    return testinfra.get_host(TARGET.connections[name].hostspec)


@pytest.fixture(scope="session")
def on_host() -> Host:
    """The host itself."""
    return _connect("host")


@pytest.fixture(scope="session")
def machine() -> Callable[[str], Host]:
    """Connect to a machine by the name the scenario gives it: ``machine("vm")``."""
    return _connect


@pytest.fixture
def vm(request: pytest.FixtureRequest) -> Host:
    """Each VM of the scenario in turn."""
    return _connect(request.param)


@pytest.fixture
def container(request: pytest.FixtureRequest) -> Host:
    """Each container of the scenario in turn."""
    return _connect(request.param)


@pytest.fixture(scope="session")
def engine_name() -> Callable[[str], str]:
    """Docker's or libvirt's name of a machine (``<lab>-<scenario>-<machine>``); of a volume likewise."""
    return lambda name: f"{TARGET.lab}-{TARGET.scenario}-{name}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a check that asks for ``vm`` or ``container`` once for each of them."""
    for kind in ("vm", "container"):
        if kind in metafunc.fixturenames:
            names = [name for name, connection in TARGET.connections.items() if connection.kind == kind]
            metafunc.parametrize(kind, names, indirect=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Write the verdict of a check as soon as it is known."""
    report = yield
    if call.when == "call" or call.excinfo is not None:
        with Path(TARGET.verdicts).open("ab") as file:
            file.write(msgspec.json.encode(_verdict(item, call)) + b"\n")
    return report


def _verdict(item: pytest.Item, call: pytest.CallInfo[None]) -> Verdict:
    title = (getattr(item.obj, "__doc__", None) or item.name).strip().splitlines()[0]  # type: ignore[attr-defined]
    on = getattr(item, "callspec", None)
    places = [str(value) for name, value in on.params.items() if name in ("vm", "container")] if on else []
    error = call.excinfo.value if call.excinfo else None
    return Verdict(
        check=item.name,
        title=title + (f" ({', '.join(places)})" if places else ""),
        passed=error is None,
        message=_sentence(error) if error else "",
        seconds=round(call.duration, 3),
    )


def _sentence(error: BaseException) -> str:
    said = str(error).strip()
    if isinstance(error, AssertionError):
        return said or "It does not hold, and the check gives no reason."
    return f"The check could not be made: {said.splitlines()[0] if said else type(error).__name__}"
