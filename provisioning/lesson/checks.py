"""Prove a scenario's claims: run its testinfra checks in a pytest of their own, and gather the verdicts."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import msgspec

from provisioning.errors import MachineError, UsageError
from provisioning.machines import Kind
from provisioning.machines.command import ASKING, bound, require_answer
from provisioning.scenario.model import TASK_CHECKS, Scenario, Task
from provisioning.settings import REPOSITORY

TARGET_VARIABLE = "LAB_CHECK_TARGET"
START = f"import sys; sys.path.append({str(REPOSITORY)!r}); import pytest; sys.exit(pytest.main())"
"""What the isolated Python runs. The repository comes last in the path: it cannot replace a module of Python's."""
REACHES_IN = ("PYTHON", "PYTEST")
"""How the names of variables begin that would tell Python or pytest what to do. They are not passed on."""
PIPE = 65536
"""Bytes that a pipe holds at most (pipe(7))."""
SILENCE = ASKING
"""Seconds without a word of the checks after which the engines are asked whether they hang."""
LATE = 600.0
"""Seconds without a word after which the check that is under way is given up."""
LONGEST = 1 << 20
"""Bytes that a message may have, and bytes that are read of the end of pytest's output."""


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
    """The file descriptor that takes the messages (:data:`Message`) as lines of JSON."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one check found."""

    check: str
    """pytest's id of it, such as ``test_kernel.py::test_vm_brought_its_kernel[vm]``."""
    title: str
    """The claim, from the first line of the check's docstring."""
    machines: tuple[str, ...]
    """The machines that it was made on, if it is made once for each machine."""
    passed: bool
    made: bool = True
    """True if the check said yes or no; False if, for example, a machine did not answer."""
    message: str
    """What is wrong if it did not pass."""
    seconds: float

    @property
    def function(self) -> str:
        """The check, whatever machine it was made on: ``test_kernel.py::test_vm_brought_its_kernel``."""
        return self.check.partition("[")[0]


def are_green(verdicts: Sequence[Verdict]) -> bool:
    """Return True if the claims are proven: there is a verdict, and no verdict is red."""
    return bool(verdicts) and all(verdict.passed for verdict in verdicts)


class Collected(msgspec.Struct, frozen=True, tag="collected"):
    """pytest has read the checks, and is about to make these."""

    checks: tuple[Verdict, ...]
    """Each of them red: it stays red unless its verdict is heard."""


class Began(msgspec.Struct, frozen=True, tag="began"):
    """A check is under way."""

    check: str


class Told(msgspec.Struct, frozen=True, tag="told"):
    """A check has ended, its teardown included."""

    verdict: Verdict


Message = Collected | Began | Told
"""What the pytest that makes the checks reports to the lab, one JSON object a line."""


def exchanged(target: CheckTarget) -> CheckTarget:
    """Return a target with a container in the place of every VM, and a VM in the place of every container.

    What a check claims of one kind does not hold then, so a check that stays green shows nothing. A scenario of one
    kind stays as it is. The host takes no machine's place, as checks change things in a machine.
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
    on_verdict: Callable[[Verdict], None],
    checks: Sequence[str] = (),
    leave_out: Sequence[str] = (),
) -> list[Verdict]:
    """Run the checks of a scenario; call ``on_verdict`` with each verdict as it comes.

    ``checks`` are those to run instead of all, such as ``test_files.py::test_owner``, and ``leave_out`` those not to.
    Return a verdict on every check that pytest collected and on every one of ``checks``; a red one if none was heard.
    The list is empty only if all checks were to be left out.

    Raises:
        UsageError: the scenario has no checks, or pytest cannot read them.
        MachineError: pytest ended before it had read them, or in a way that no verdict explains.
    """
    folder = scenario.folder.absolute()
    argv = [sys.executable, "-I", "-B", "-X", "utf8", "-c", START]
    # pytest reads only what is named here: no file of settings, no plugin, no conftest.py above the scenario.
    argv += ["--disable-plugin-autoload", "-p", "provisioning.lesson.checks_plugin", "-p", "no:cacheprovider"]
    # It expands variables in the root folder's path alone, so a clone's path with a `$` in it is not told.
    argv += ["-c", os.devnull, f"--rootdir={os.path.relpath(folder, REPOSITORY)}", f"--confcutdir={folder}"]
    argv += ["--import-mode=importlib"]
    # Plain asserts: the message is the author's sentence and nothing else.
    argv += ["--assert=plain", "-W", "error::pytest.PytestReturnNotNoneWarning"]
    argv += ["-q", "-rE", "--tb=short", "--show-capture=no", "--color=no"]
    argv += [str(folder / check) for check in checks] or [str(folder)]
    target = msgspec.structs.replace(target, leave_out=tuple(leave_out))
    account = _Account(on_verdict)
    with TemporaryFile() as output:
        status, ending = _run(argv, target, account, output)
        said = _end_of(output)
    if account.found is None:
        raise _unread(scenario, status, ending, said)
    if not account.found and not leave_out:
        raise UsageError(f"{scenario.name} has no checks.", "Write a test_*.py in its folder: see labs/README.md.")
    verdicts = account.verdicts(ending)
    made = {verdict.function for verdict in verdicts}
    verdicts += [_unmade(check) for check in checks if check not in made]
    if account.disturbed_outside or (status != 0 and verdicts and all(verdict.passed for verdict in verdicts)):
        reason = "something else was written among its verdicts" if account.disturbed_outside else _reason(said)
        raise MachineError(f"The checks of {scenario.name} were cut short: {reason}.", "Repeat the command.")
    return verdicts


def check_tasks(scenario: Scenario, target: CheckTarget, tasks: Sequence[Task]) -> dict[str, Verdict]:
    """Return the verdict on the goal of each task, by the task's id.

    Raises:
        UsageError: pytest cannot read the checks.
        MachineError: pytest ended before its work was done.
    """
    if not tasks:
        return {}
    checks = {task.id: f"{TASK_CHECKS}::{task.check}" for task in tasks}
    found = run_checks(scenario, target, lambda verdict: None, checks=[*dict.fromkeys(checks.values())])
    verdicts: dict[str, Verdict] = {}
    for name, check in checks.items():
        of_task = [verdict for verdict in found if verdict.function == check]
        # A check may be made on several machines: the task is done if it holds on all of them.
        verdicts[name] = next((verdict for verdict in of_task if not verdict.passed), of_task[0])
    return verdicts


class _Account:
    """Compares what pytest collected with what it reports."""

    def __init__(self, on_verdict: Callable[[Verdict], None]) -> None:
        self.found: dict[str, Verdict] | None = None
        """The checks that were collected, by id; None until pytest has told them."""
        self._on_verdict = on_verdict
        self._waiting: set[str] = set()
        """The checks that have not told their verdict yet."""
        self._last = ""
        """The check that began last."""
        self._disturbed: set[str] = set()
        """The checks during which something else than their messages was written."""

    @property
    def disturbed_outside(self) -> bool:
        """True if something else than messages was written while no check was under way."""
        return "" in self._disturbed

    def take(self, line: bytes) -> None:
        """Note a message."""
        try:
            message = msgspec.json.decode(line, type=Message)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._disturbed.add(self._last)
            return
        match message:
            case Collected(checks) if self.found is None:
                self.found = {verdict.check: msgspec.structs.replace(verdict, passed=False) for verdict in checks}
                self._waiting = {*self.found}
            case Began(check) if check in self._waiting:
                self._last = check
            case Told(verdict) if self.found and verdict.check == self._last and verdict.check in self._waiting:
                self._waiting.remove(verdict.check)
                self.found[verdict.check] = verdict
                self._on_verdict(verdict)
            case _:
                self._disturbed.add(self._last)

    def verdicts(self, ending: str) -> list[Verdict]:
        """Return a verdict on each check that was collected; ``ending`` tells how pytest ended."""
        return [self._final(verdict, ending) for verdict in (self.found or {}).values()]

    def _final(self, verdict: Verdict, ending: str) -> Verdict:
        if verdict.check in self._disturbed:
            why = "Something else was written where verdicts are told, so this one does not count."
        elif verdict.check not in self._waiting:
            return verdict
        elif verdict.check == self._last:
            why = f"No verdict was seen: pytest ended during this check, {ending}."
        else:
            why = f"No verdict was seen: pytest ended without this check, {ending}."
        return msgspec.structs.replace(verdict, passed=False, made=False, message=why)


def _run(argv: Sequence[str], target: CheckTarget, account: _Account, output: IO[bytes]) -> tuple[int, str]:
    """Run the pytest that makes the checks to its end. Return its exit status, and in words how it ended.

    Raises:
        SilentError: the checks say nothing, as an engine hangs.
    """
    kinds = {connection.kind for connection in target.connections.values()}
    reading, writing = os.pipe()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(REACHES_IN)}
    environment[TARGET_VARIABLE] = msgspec.json.encode(msgspec.structs.replace(target, verdicts=writing)).decode()
    environment["COLUMNS"] = "1000"  # pytest cuts its reasons at the edge of the screen
    with os.fdopen(reading, "rb"):
        try:
            pytest = subprocess.Popen(
                bound(argv),
                cwd=REPOSITORY,
                env=environment,
                pass_fds=[writing],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        finally:
            os.close(writing)
        with pytest:
            try:
                for line in _lines(reading, pytest.pid, partial(_ask, kinds)):
                    account.take(line)
                status = pytest.wait()
                return status, _ending(status)
            except TimeoutError:
                _kill(pytest)
                return pytest.wait(), f"as nothing was heard for {LATE:g} s"
            except BaseException:
                _kill(pytest)
                raise


def _kill(pytest: subprocess.Popen[bytes]) -> None:
    """Kill a process that nobody has waited for, and what it started and left in its group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pytest.pid, signal.SIGKILL)
    pytest.wait()


def _ask(kinds: Collection[Kind]) -> None:
    """Ask the engines behind machines of these kinds for their versions.

    Raises:
        SilentError: one does not answer.
    """
    for kind, program in (("container", "docker"), ("vm", "virsh")):
        if kind in kinds:
            require_answer(program, ASKING)


def _lines(pipe: int, process: int, wonder: Callable[[], None]) -> Iterator[bytes]:
    """Yield the lines written to ``pipe`` until nobody can write to it any more, or ``process`` has ended.

    Programs that the process left behind may hold the pipe open; they are not waited for. ``wonder`` is called each
    time that nothing was written for :data:`SILENCE` seconds.

    Raises:
        TimeoutError: nothing was written for :data:`LATE` seconds.
    """
    heard = time.monotonic()
    rest = b""
    ended = os.pidfd_open(process)
    try:
        poll = select.poll()
        for descriptor in (pipe, ended):
            poll.register(descriptor, select.POLLIN)
        over = False
        while not over:
            ready = poll.poll(min(SILENCE, LATE) * 1000)
            if not ready:
                if time.monotonic() - heard >= LATE:
                    raise TimeoutError
                wonder()
                continue
            heard = time.monotonic()
            over = any(descriptor == ended for descriptor, _ in ready)
            os.set_blocking(pipe, not over)  # once the process has ended, only what is in the pipe is read
            try:
                chunk = os.read(pipe, PIPE)
            except BlockingIOError:
                chunk = b""
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
            if len(rest) > LONGEST:
                yield rest[:1]  # no message is so long: this counts as a disturbance
                rest = b""
            over = over or not chunk
    finally:
        os.close(ended)
    if rest:
        yield rest


def _end_of(output: IO[bytes]) -> list[str]:
    """Return the last lines that pytest printed."""
    output.seek(max(0, output.seek(0, os.SEEK_END) - LONGEST))
    return [line.strip() for line in output.read().decode(errors="replace").splitlines() if line.strip()]


def _unread(scenario: Scenario, status: int, ending: str, said: list[str]) -> UsageError | MachineError:
    """Return what to raise if pytest did not say that it had read the checks."""
    reason = _reason(said)
    if status == 0:  # a file ended the process
        reason = "pytest ended before it had read them, though with status 0"
    if status in (0, 2, 4) or "SystemExit" in reason:
        return UsageError(f"The checks of {scenario.name} cannot be read: {reason}.", "Correct its test_*.py.")
    return MachineError(
        f"The checks of {scenario.name} were cut short: {reason} (pytest ended {ending}).",
        "Repeat the command.",
    )


def _unmade(check: str) -> Verdict:
    """Return the verdict on a check that was asked for, and that pytest did not find."""
    why = "pytest did not collect this check, and so it shows nothing."
    title = check.partition("::")[2]
    return Verdict(check=check, title=title, machines=(), passed=False, made=False, message=why, seconds=0)


def _ending(status: int) -> str:
    """Return how a process ended, in words.

    >>> _ending(3), _ending(-9)
    ('with status 3', 'by SIGKILL')
    """
    return f"with status {status}" if status >= 0 else f"by {signal.Signals(-status).name}"


def _reason(said: list[str]) -> str:
    """Return the file at fault and the last exception in pytest's output, or what else pytest says of its end."""
    for head in ("E ", "INTERNALERROR> ", "ERROR: "):
        if error := next((line.removeprefix(head).strip() for line in reversed(said) if line.startswith(head)), ""):
            break
    if any("caught unexpected SystemExit" in line for line in said):
        error = "a file asked Python to end (SystemExit)"
    if not error:
        error = ["pytest said nothing", *said][-1]
    files = (line.removeprefix("ERROR ").partition(" - ")[0] for line in reversed(said) if line.startswith("ERROR "))
    file = next(files, "")
    return f"{Path(file).name}: {error}" if file else error
