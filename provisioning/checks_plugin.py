"""The pytest plugin under which a scenario's checks run: connections to its machines, and verdicts as they fall.

Loaded by :mod:`provisioning.checks` alone, in a pytest of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
import testinfra
from testinfra.backend.base import CommandResult
from testinfra.host import Host

from provisioning.checks import TARGET_VARIABLE, CheckTarget, Verdict

TARGET = msgspec.json.decode(os.environ[TARGET_VARIABLE], type=CheckTarget)


def _connect(name: str) -> Host:
    """A connection that answers: otherwise a check that expects a command to fail would find a dead machine green."""
    if name not in TARGET.connections:
        raise LookupError(f"the scenario has no machine {name!r}, but {', '.join(TARGET.connections)}")
    connection = testinfra.get_host(TARGET.connections[name].hostspec)
    try:
        answer = connection.run("true")
    except RuntimeError as error:  # from testinfra's SSH back end, with the result as its only argument
        answer = error.args[0]
    if answer.failed:
        raise ConnectionError(f"{name} does not answer: {answer.stderr.strip() or f'status {answer.rc}'}")
    return connection


@pytest.fixture
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


@pytest.fixture(scope="session")
def scratch() -> str:
    """The scenario's folder on the host; scripts know it as ``LAB_SCRATCH``."""
    return TARGET.scratch


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a check that asks for ``vm`` or ``container`` once for each of them."""
    for kind in ("vm", "container"):
        if kind in metafunc.fixturenames:
            names = [name for name, connection in TARGET.connections.items() if connection.kind == kind]
            metafunc.parametrize(kind, names, indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Drop the checks that are not to be made."""
    items[:] = [item for item in items if item.nodeid.partition("[")[0] not in TARGET.leave_out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Write the verdict of a check as soon as it is known."""
    report = yield
    if call.when == "call" or call.excinfo is not None:
        os.write(TARGET.verdicts, msgspec.json.encode(_verdict(item, call)) + b"\n")
    return report


def _verdict(item: pytest.Item, call: pytest.CallInfo[None]) -> Verdict:
    title = (getattr(item.obj, "__doc__", None) or item.name).strip().splitlines()[0]  # type: ignore[attr-defined]
    on = getattr(item, "callspec", None)
    places = [str(value) for name, value in on.params.items() if name in ("vm", "container")] if on else []
    return Verdict(
        check=item.nodeid,
        title=title,
        machines=tuple(places),
        passed=call.excinfo is None,
        made=call.excinfo is None or _is_judgement(item, call.excinfo),
        message=_sentence(item, call.excinfo) if call.excinfo else "",
        seconds=round(call.duration, 3),
    )


def _is_judgement(item: pytest.Item, raised: pytest.ExceptionInfo[BaseException]) -> bool:
    """Whether the check itself said no, and not something that it relies on."""
    return isinstance(raised.value, AssertionError) and raised.traceback[-1].path == item.path


def _sentence(item: pytest.Item, raised: pytest.ExceptionInfo[BaseException]) -> str:
    """What a learner reads below a red check."""
    error, last = raised.value, raised.traceback[-1]
    if _is_judgement(item, raised):
        return str(error).strip() or f"This does not hold: {' '.join(str(last.statement).split())}"
    return f"The check could not be made: {_reason(error, last)}"


def _reason(error: BaseException, last: Any) -> str:
    # Of a command that failed testinfra tells all in one long line; the result itself is in its frame or its error.
    for result in (*error.args, last.locals.get("out")):
        if isinstance(result, CommandResult):
            command = result.command.decode(errors="replace")
            return f"`{command}` ended with status {result.rc}: {(result.stderr or result.stdout).strip()}"
    if isinstance(error, pytest.FixtureLookupError):
        return f"there is no fixture {error.argname!r}"
    said = str(error).strip()
    return said.splitlines()[0] if said else type(error).__name__
