"""The pytest plugin under which a scenario's checks run: it gives them connections, and reports their verdicts.

Loaded by :mod:`provisioning.lesson.checks` alone, in a pytest of its own.
"""

from __future__ import annotations

import ast
import os
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import testinfra
from testinfra.backend.base import CommandResult
from testinfra.host import Host

from provisioning import names
from provisioning.lesson.checks import TARGET_VARIABLE, Began, CheckTarget, Collected, Message, Told, Verdict

if not __debug__:
    raise pytest.UsageError("asserts are off (python -O), and so no check could fail")

TARGET = msgspec.json.decode(os.environ[TARGET_VARIABLE], type=CheckTarget)
PROCESS = os.getpid()
LONGEST = 4000
"""Characters of a message that are reported."""
PHASES = pytest.StashKey[list[tuple[pytest.CallInfo[None], pytest.TestReport]]]()
"""The reports on an item so far: setup, call (after one for each of its subtests), teardown."""

# Neither a program that a check starts nor a copy of this process may report verdicts, or keep the lab waiting.
os.set_inheritable(TARGET.verdicts, False)
os.register_at_fork(after_in_child=lambda: os.close(TARGET.verdicts))


def _connect(name: str) -> Host:
    """Return a connection that answers: a check that expects a command to fail would be green on a dead machine."""
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


def _connect_each(request: pytest.FixtureRequest) -> Host:
    if not hasattr(request, "param"):
        raise LookupError(f"the scenario has no {request.fixturename}")
    return _connect(request.param)


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
    return _connect_each(request)


@pytest.fixture
def container(request: pytest.FixtureRequest) -> Host:
    """Each container of the scenario in turn."""
    return _connect_each(request)


@pytest.fixture(scope="session")
def engine_name() -> Callable[[str], str]:
    """Docker's or libvirt's name of a machine or a volume (:func:`provisioning.names.of_machine`)."""
    return partial(names.of_machine, TARGET.lab, TARGET.scenario)


@pytest.fixture(scope="session")
def scratch() -> str:
    """The scenario's folder on the host; scripts know it as ``LAB_SCRATCH``."""
    return TARGET.scratch


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a check that asks for ``vm`` or ``container`` once for each of them."""
    for kind in ("vm", "container"):
        if kind in metafunc.fixturenames:
            there = [name for name, connection in TARGET.connections.items() if connection.kind == kind]
            if there:  # without any, the check is made once, and is red
                metafunc.parametrize(kind, there, indirect=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> Generator[None, None, None]:
    """Leave out the checks that are not to be made, and report the others."""
    if not session.testsfailed:  # otherwise a file could not be read, and no check is made
        _refuse_what_is_never_made(session, items)
        items[:] = [item for item in items if item.nodeid.partition("[")[0] not in TARGET.leave_out]
        _tell(Collected(tuple(_verdict(item) for item in items)))
    yield


def _refuse_what_is_never_made(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Refuse files with checks that pytest would pass over in silence.

    Raises:
        pytest.UsageError: a file has no check in it, or two of one name: Python keeps only the second; a check that is
            written was not collected; or `conftest.py` has a hook, by which it could turn verdicts.
    """
    root, files = session.config.rootpath, {item.path for item in items}
    for plugin in session.config.pluginmanager.get_plugins():
        file = getattr(plugin, "__file__", None)
        if file and Path(file).is_relative_to(root):
            for hook in session.config.pluginmanager.get_hookcallers(plugin) or ():
                raise pytest.UsageError(
                    f"{Path(file).name} has {hook.name}, a hook of pytest, and may have only fixtures"
                )
    if session.config.args == [str(root)]:
        written = {path for pattern in session.config.getini("python_files") for path in root.rglob(pattern)}
        for path in sorted(written - files):
            raise pytest.UsageError(f"{path.name} has no check in it, or leaves all of them out")
        for path in sorted(written):
            for name in _passed_over(path, [item for item in items if item.path == path]):
                raise pytest.UsageError(f"{path.name} has {name}, and pytest passes it over")
    for path in sorted(path for path in files if path.suffix == ".py"):
        for name, times in Counter(name for name, _ in _written(path)).items():
            if times > 1:
                raise pytest.UsageError(f"{path.name} defines {name} twice, and the first is never made")


def _passed_over(path: Path, items: list[pytest.Item]) -> list[str]:
    """Return the checks that stand in a file and are none of its ``items``, such as one in a class of another name.

    Those of a class that others inherit are found by their lines.
    """
    names = {item.nodeid.partition("[")[0].partition("::")[2] for item in items}
    codes = (getattr(getattr(item, "function", None), "__code__", None) for item in items)
    lines = {code.co_firstlineno for code in codes if code}
    return [name for name, line in _written(path) if not (name in names or line in lines)]


def _written(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the functions in a file whose names begin with `test`, but for fixtures, and the lines where they begin."""
    yield from _written_in(ast.parse(path.read_bytes()), "")


def _written_in(node: ast.AST, within: str) -> Iterator[tuple[str, int]]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                fixture = any("fixture" in ast.unparse(decorator) for decorator in child.decorator_list)
                if child.name.startswith("test") and not fixture:
                    yield within + child.name, min(each.lineno for each in (child, *child.decorator_list))
            case ast.ClassDef():
                yield from _written_in(child, f"{within}{child.name}::")
            case _:
                yield from _written_in(child, within)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Report that a check begins, and its verdict after its teardown."""
    _end_a_copy()
    item.stash[PHASES] = []
    _tell(Began(item.nodeid))
    done = yield
    _end_a_copy()
    _tell(Told(_verdict(item)))
    return done


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note the report on a check's setup, call or teardown."""
    report = yield
    item.stash[PHASES].append((call, report))
    return report


def _end_a_copy() -> None:
    """End this process if a check made it (os.fork) and left it to go on with the other checks."""
    if os.getpid() != PROCESS:
        os._exit(1)


def _tell(message: Message) -> None:
    left = msgspec.json.encode(message) + b"\n"
    while left:
        left = left[os.write(TARGET.verdicts, left) :]


def _verdict(item: pytest.Item) -> Verdict:
    """Return the verdict on a check so far: green only if setup, call and teardown went well."""
    on = getattr(item, "callspec", None)
    places = [str(value) for name, value in on.params.items() if name in ("vm", "container")] if on else []
    phases = item.stash.get(PHASES, [])
    wrong = ((call, message) for call, report in phases if (message := _what_is_wrong(item, call, report)))
    calls = (call for call, _ in phases if call.when == "call")
    found, message = next(wrong, (next(calls, None), ""))
    if found is None:
        message = "The check was not made."
    return Verdict(
        check=item.nodeid,
        title=_told(getattr(getattr(item, "obj", None), "__doc__", None) or item.name).splitlines()[0],
        machines=tuple(places),
        passed=not message,
        made=not message or (found is not None and _is_judgement(item, found)),
        message=message,
        seconds=round(found.duration, 3) if found else 0,
    )


def _what_is_wrong(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> str:
    """Return what a learner reads below a red check; empty if this part of it went well."""
    if hasattr(report, "wasxfail") or (call.excinfo is None and "XPASS(strict)" in str(report.longrepr)):
        return "The check is marked as one that may fail (xfail), and so it shows nothing."
    if report.skipped:
        reason = f": {_told(call.excinfo.value)}" if call.excinfo else ""
        return f"The check was skipped{reason}. So it shows nothing."
    if call.excinfo is None:
        return "" if report.passed else f"The check failed: {_told(report.longrepr)}"
    return _told(_sentence(item, call, call.excinfo))


def _told(said: object) -> str:
    """Return something as text that can be reported: of limited length, and without what UTF-8 cannot hold."""
    try:
        text = str(said).strip() or type(said).__name__
    except Exception:  # an author's own exception may fail to say anything
        text = type(said).__name__
    cut = f"{text[:LONGEST]} … ({len(text)} letters)" if len(text) > LONGEST else text
    return cut.encode("utf-8", "backslashreplace").decode()


def _is_judgement(item: pytest.Item, call: pytest.CallInfo[None]) -> bool:
    """Return True if the check itself said no, and not something that it relies on."""
    raised = call.excinfo
    return (
        call.when != "teardown"
        and raised is not None
        and isinstance(raised.value, AssertionError)
        and raised.traceback[-1].path == item.path
    )


def _sentence(item: pytest.Item, call: pytest.CallInfo[None], raised: pytest.ExceptionInfo[BaseException]) -> str:
    """Return what the exception says that ended a part of a check."""
    error, last = raised.value, raised.traceback[-1]
    if _is_judgement(item, call):
        return str(error).strip() or f"This does not hold: {' '.join(str(last.statement).split())}"
    if call.when == "teardown":
        return f"The check could not be cleared up after: {_reason(error, last)}"
    return f"The check could not be made: {_reason(error, last)}"


def _reason(error: BaseException, last: Any) -> str:
    # testinfra puts all about a failed command into one long line; its frame or its error holds the result itself.
    for result in (*error.args, last.locals.get("out")):
        if isinstance(result, CommandResult):
            command = result.command.decode(errors="replace")
            return f"`{command}` ended with status {result.rc}: {(result.stderr or result.stdout).strip()}"
    if isinstance(error, pytest.FixtureLookupError):
        return f"there is no fixture {error.argname!r}"
    if isinstance(error, SystemExit):
        return "it asked Python to end (SystemExit)"
    return _told(error).splitlines()[0]
