"""Prove a scenario's claims: run its testinfra checks in a pytest of their own and gather the verdicts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile

import msgspec

from provisioning.errors import MachineError, UsageError
from provisioning.machines import Kind
from provisioning.machines.command import bound
from provisioning.scenario import TASK_CHECKS, Scenario, Task
from provisioning.settings import REPOSITORY

TARGET_VARIABLE = "LAB_CHECK_TARGET"


class Connection(msgspec.Struct, frozen=True):
    """How testinfra reaches one machine."""

    kind: Kind
    hostspec: str
    """Such as ``docker://lab-scenario-3-alpha``; see testinfra's documentation on connection back ends."""


class CheckTarget(msgspec.Struct, frozen=True):
    """The machines a scenario's checks are about, handed to the pytest that runs them."""

    lab: str
    scenario: str
    scratch: str
    """The scenario's folder on the host that steps and learners write to."""
    connections: Mapping[str, Connection]
    """By name, the ``host`` among them."""
    leave_out: tuple[str, ...] = ()
    """Checks that are not made, such as ``test_files.py::test_owner``."""
    verdicts: int = -1
    """The file descriptor that takes the verdicts as lines of JSON."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one check found."""

    check: str
    """pytest's id of it, such as ``test_kernel.py::test_vm_brought_its_kernel[vm]``."""
    title: str
    """The claim, from the first line of the check's docstring."""
    machines: tuple[str, ...]
    """The machines it was made on, where it is made once for each."""
    passed: bool
    made: bool = True
    """Whether it came to a judgement; false when, say, a machine did not answer."""
    message: str
    """What is wrong, when it did not pass."""
    seconds: float

    @property
    def function(self) -> str:
        """The check, whatever machine it was made on: ``test_kernel.py::test_vm_brought_its_kernel``."""
        return self.check.partition("[")[0]


def exchanged(target: CheckTarget) -> CheckTarget:
    """The world upside down: a container in the place of every VM, and a VM in that of every container.

    What a check claims of the one kind then does not hold, and a check that stays green shows nothing. A scenario that
    has only one kind is left as it is; the host takes nobody's place, as checks change things in a machine.
    """
    of_kind = {connection.kind: connection.hostspec for connection in reversed([*target.connections.values()])}
    other: Mapping[Kind, Kind] = {"vm": "container", "container": "vm", "host": "host"}
    swapped = {
        name: Connection(connection.kind, of_kind.get(other[connection.kind], connection.hostspec))
        for name, connection in target.connections.items()
    }
    return msgspec.structs.replace(target, connections=swapped)


def run_checks(
    scenario: Scenario,
    target: CheckTarget,
    junit: Path | None,
    on_verdict: Callable[[Verdict], None],
    checks: Sequence[str] = (),
    leave_out: Sequence[str] = (),
) -> list[Verdict]:
    """Run the checks of a scenario; ``on_verdict`` sees each verdict as it falls, ``junit`` names an XML file to write.

    ``checks`` are those to run instead of all, such as ``test_files.py::test_owner``, and ``leave_out`` those not to.

    Raises:
        UsageError: the scenario has no checks, or pytest cannot read them.
        MachineError: pytest ended before its work was done.
    """
    report = [f"--junit-xml={junit.resolve()}", "-o", f"junit_suite_name={scenario.name}"] if junit else []
    chosen = [str(scenario.folder / check) for check in checks] or [str(scenario.folder)]
    target = msgspec.structs.replace(target, leave_out=tuple(leave_out))
    return _run(scenario, target, [*report, *chosen], on_verdict)


def check_tasks(scenario: Scenario, target: CheckTarget, tasks: Sequence[Task]) -> dict[str, Verdict]:
    """Whether the goal of each task is met, by the task's id.

    Raises:
        UsageError: pytest cannot read the checks.
        MachineError: pytest ended before its work was done.
    """
    if not tasks:
        return {}
    nodes = [f"{scenario.folder / TASK_CHECKS}::{task.check}" for task in tasks]
    found = _run(scenario, target, nodes, lambda verdict: None)
    verdicts: dict[str, Verdict] = {}
    for task in tasks:
        of_task = [verdict for verdict in found if verdict.check.partition("::")[2].partition("[")[0] == task.check]
        # A check made on several machines: the task is done when it holds on all of them.
        verdicts[task.id] = next((verdict for verdict in of_task if not verdict.passed), of_task[0])
    return verdicts


def _run(
    scenario: Scenario, target: CheckTarget, arguments: list[str], on_verdict: Callable[[Verdict], None]
) -> list[Verdict]:
    argv = [sys.executable, "-m", "pytest", "-p", "provisioning.checks_plugin", "--import-mode=importlib"]
    # Plain asserts: the message is the author's sentence and nothing else.
    argv += ["--assert=plain", "-p", "no:cacheprovider", "-q", "-rE", "--tb=short", "-c", os.devnull]
    argv += [f"--rootdir={scenario.folder}", *arguments]
    reading, writing = os.pipe()
    environment = {
        **os.environ,
        TARGET_VARIABLE: msgspec.json.encode(msgspec.structs.replace(target, verdicts=writing)).decode(),
        "COLUMNS": "1000",  # pytest cuts its reasons at the edge of the screen
        "PYTEST_ADDOPTS": "",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    found: list[Verdict] = []
    with (
        os.fdopen(reading, "rb") as lines,
        TemporaryFile("w+") as output,
        subprocess.Popen(
            bound(argv),
            cwd=REPOSITORY,
            env=environment,
            pass_fds=[writing],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as pytest,
    ):
        os.close(writing)
        for line in lines:
            verdict = msgspec.json.decode(line, type=Verdict)
            found.append(verdict)
            on_verdict(verdict)
        status = pytest.wait()
        output.seek(0)
        said = [line.strip() for line in output if line.strip()]
    if status == 5 and target.leave_out:
        return []
    if status == 5:
        raise UsageError(f"{scenario.name} has no checks.", "Write a test_*.py in its folder; the README shows how.")
    if status not in (0, 1):
        reason = _reason(said)
        if status in (2, 4):
            raise UsageError(f"The checks of {scenario.name} cannot be read: {reason}.", "Correct its test_*.py.")
        raise MachineError(f"The checks of {scenario.name} were cut short: {reason}.", "Repeat the command.")
    return found


def _reason(said: list[str]) -> str:
    """The file at fault and the last exception in pytest's output, where there is one."""
    said = ["pytest said nothing", *said]
    file = next((line.removeprefix("ERROR ") for line in reversed(said) if line.startswith("ERROR ")), "")
    error = next((line.removeprefix("E ").strip() for line in reversed(said) if line.startswith("E ")), said[-1])
    return f"{Path(file).name}: {error}" if file else error
