"""Run a lesson's steps and gather what the machines answered."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from tempfile import NamedTemporaryFile

import msgspec

from provisioning.errors import MachineError
from provisioning.machines import Kind, Machine, Result
from provisioning.plots import Plot, read_plots
from provisioning.progress import Progress
from provisioning.scenario import Scenario, Step


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
    """Whether it ended with the status that the step expects."""
    plots: tuple[Plot, ...] = ()
    """What it measured."""


@dataclass(frozen=True)
class Stage:
    """Where the steps of a scenario run."""

    scenario: Scenario
    machines: Mapping[str, Machine]
    """By name, the ``host`` among them."""
    lab: str
    """The lab's name, with which every container, volume and domain begins."""
    host_variables: Mapping[str, str]
    """What scripts on the host find in their environment, beside what all scripts find."""

    def run(self, machine: Machine, path: str, timeout: float, variables: Mapping[str, str] | None = None) -> Result:
        """Pipe the script at ``path`` in the scenario's folder to a machine; see :meth:`pipe`."""
        return self.pipe(machine, self.script(path), path, timeout, variables)

    def pipe(
        self, machine: Machine, script: str, title: str, timeout: float, variables: Mapping[str, str] | None = None
    ) -> Result:
        """Pipe a script to a machine; ``title`` is what an error calls it.

        It goes to ``sh``, or to the interpreter that its first line names after ``#!``, with ``LAB_SCENARIO``,
        ``LAB_MACHINE``, ``LAB_KIND`` and ``LAB_PREFIX`` (the lab's name) in its environment.

        Raises:
            MachineError: the machine cannot be reached, or the script did not end within ``timeout`` seconds.
        """
        environment = {
            "LAB_SCENARIO": self.scenario.name,
            "LAB_MACHINE": machine.name,
            "LAB_KIND": machine.kind,
            "LAB_PREFIX": self.lab,
            **(self.host_variables if machine.kind == "host" else {}),
            **(variables or {}),
        }
        argv = ["env", *(f"{name}={value}" for name, value in environment.items()), *_interpreter(script)]
        try:
            return machine.exec(argv, stdin=script, timeout=timeout)
        except MachineError as error:
            raise MachineError(f"{title} went wrong on {machine.name}: {error.what}", error.cure) from error

    def script(self, path: str) -> str:
        """The text of a script in the scenario's folder."""
        return (self.scenario.folder / path).read_text(encoding="utf-8")


def run_steps(
    stage: Stage, progress: Progress, before: Callable[[Step], None], after: Callable[[list[Evidence]], None]
) -> list[Evidence]:
    """Run every step in order, each on all its places side by side.

    ``before`` is called as a step is about to run, ``after`` with its evidence.

    Raises:
        MachineError: a machine cannot be reached, or a script did not end in time.
    """
    gathered: list[Evidence] = []
    for step in stage.scenario.steps:
        before(step)
        places = [stage.machines[place] for place in step.on]
        with progress.phase(step.title, lasting=False), ThreadPoolExecutor(max_workers=len(places)) as pool:
            evidence = list(pool.map(partial(_run, stage, step), places))
        after(evidence)
        gathered += evidence
    return gathered


def _run(stage: Stage, step: Step, machine: Machine) -> Evidence:
    path = step.script_for(machine.name)
    with NamedTemporaryFile() as data:
        variables = {"LAB_DATA": data.name} if machine.kind == "host" else {}
        result = stage.run(machine, path, step.timeout, variables)
        plots = read_plots(data.read(), f"step {step.id!r}")
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
    )


def _interpreter(script: str) -> list[str]:
    """The program that reads the script from its standard input, as shells and Python do."""
    first = script.partition("\n")[0]
    return shlex.split(first[2:]) if first.startswith("#!") else ["sh"]
