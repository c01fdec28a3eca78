"""Run a lesson's steps and gather what the machines answered."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from provisioning.errors import MachineError, UsageError
from provisioning.lesson.measurements import Plot, read_plots
from provisioning.lesson.variables import DATA, EVERYWHERE
from provisioning.machines import Kind, Machine, Result
from provisioning.machines.command import EXCERPT
from provisioning.progress import Progress
from provisioning.scenario.model import Scenario, Step

LARGEST = 4 * 2**20
"""Bytes that a step may write to ``LAB_DATA``: two hundred thousand points."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What one place answered in one step."""

    step: str
    title: str
    proves: str
    machine: str
    kind: Kind
    script: str
    """The text that ran there."""
    stdout: str
    stderr: str
    status: int
    seconds: float
    ok: bool
    """True if it ended with the status that the step expects."""
    plots: tuple[Plot, ...] = ()
    """What it measured."""
    cut: int = 0
    """Bytes of its output that were left out; a line in the middle of the texts says so."""


@dataclass(frozen=True)
class Stage:
    """Where the steps of a scenario run."""

    scenario: Scenario
    machines: Mapping[str, Machine]
    """By name, the ``host`` among them."""
    lab: str
    """The lab's name, with which the names of all containers, volumes and domains begin."""
    host_variables: Mapping[str, str]
    """What scripts on the host find in their environment, beside what all scripts find."""

    def run(self, machine: Machine, path: str, timeout: float, variables: Mapping[str, str] | None = None) -> Result:
        """Pipe the script at ``path`` in the scenario's folder to a machine; see :meth:`pipe`."""
        return self.pipe(machine, self.script(path), path, timeout, variables)

    def pipe(
        self, machine: Machine, script: str, title: str, timeout: float, variables: Mapping[str, str] | None = None
    ) -> Result:
        """Pipe a script to a machine; ``title`` is what an error calls it.

        It goes to ``sh``, or to the interpreter that its first line names after ``#!``, with the variables of
        :mod:`provisioning.lesson.variables` in its environment.

        Raises:
            MachineError: the machine cannot be reached, or the script did not end within ``timeout`` seconds.
        """
        environment = {
            **{variable.name: variable.value(self, machine) for variable in EVERYWHERE},
            **(self.host_variables if machine.kind == "host" else {}),
            **(variables or {}),
        }
        argv = ["env", *(f"{name}={value}" for name, value in environment.items()), *interpreter(script)]
        try:
            return machine.exec(argv, stdin=script, timeout=timeout, limit=EXCERPT)
        except MachineError as error:
            raise MachineError(f"{title} went wrong on {machine.name}: {error.what}", error.cure) from error

    def script(self, path: str) -> str:
        """Return the text of a script in the scenario's folder.

        Raises:
            UsageError: it cannot be read, or is no text.
        """
        try:
            return (self.scenario.folder / path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"The script {path} cannot be read: {error}.", "Correct the scenario.") from error


def run_steps(
    stage: Stage,
    progress: Progress,
    before: Callable[[Step], None],
    after: Callable[[list[Evidence]], None],
    steps: Sequence[Step] = (),
) -> list[Evidence]:
    """Run some steps in order, or all if none is named. Each runs on all its places side by side.

    ``before`` is called before each step, ``after`` with its evidence.

    Raises:
        MachineError: a machine cannot be reached, or a script did not end in time.
        UsageError: a script cannot be read, or what it measured is no list of plots.
    """
    gathered: list[Evidence] = []
    for step in steps or stage.scenario.steps:
        before(step)
        places = [stage.machines[place] for place in step.on]
        with progress.phase(step.title, lasting=False), ThreadPoolExecutor(max_workers=len(places)) as pool:
            evidence = list(pool.map(partial(_run, stage, step), places))
        after(evidence)
        gathered += evidence
    return gathered


def _run(stage: Stage, step: Step, machine: Machine) -> Evidence:
    path = step.script_for(machine.name)
    with TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        data.touch()
        variables = {DATA.name: str(data)} if machine.kind == "host" else {}
        result = stage.run(machine, path, step.timeout, variables)
        plots = read_plots(_measured(data, step), f"step {step.id!r}")
    return Evidence(
        step=step.id,
        title=step.title,
        proves=step.proves,
        machine=machine.name,
        kind=machine.kind,
        script=stage.script(path),
        stdout=result.stdout,
        stderr=result.stderr,
        status=result.status,
        seconds=round(result.seconds, 3),
        ok=step.expect is None or result.status == step.expect,
        plots=plots,
        cut=result.cut,
    )


def _measured(path: Path, step: Step) -> bytes:
    """Return what a step wrote to ``LAB_DATA``.

    Raises:
        UsageError: the step put something else than a file there, or wrote more than :data:`LARGEST` bytes.
    """
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise UsageError(f"The data of step {step.id!r} is no file any more.", "Correct what its script writes.")
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise UsageError(
            f"The data of step {step.id!r} cannot be read: {error.strerror}.", "Correct what its script writes."
        ) from error
    if len(data) > LARGEST:
        raise UsageError(
            f"The data of step {step.id!r} is larger than {LARGEST:,} bytes.", "Have its script write fewer numbers."
        )
    return data


def interpreter(script: str) -> list[str]:
    r"""Return the program that reads the script from its standard input, as shells and Python do.

    The script's first line is read as the kernel reads it: a program, and the rest of the line as one argument.

    >>> interpreter("#! /usr/bin/env -S python3 -u\n"), interpreter("echo")
    (['/usr/bin/env', '-S python3 -u'], ['sh'])
    """
    found = re.match(r"#![ \t]*([^ \t\n\0]+)[ \t]*([^\n\0]*)", script)
    return [word for word in (found[1], found[2].rstrip(" \t")) if word] if found else ["sh"]
