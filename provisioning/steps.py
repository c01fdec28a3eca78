"""Run a lesson's steps and gather what the machines answered."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import msgspec

from provisioning.machines import Kind, Machine
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


def run_steps(
    scenario: Scenario,
    machines: Mapping[str, Machine],
    lab: str,
    progress: Progress,
    on_step: Callable[[list[Evidence]], None],
) -> list[Evidence]:
    """Run every step in order, each on all its places side by side; ``on_step`` sees each step's evidence at once.

    A script is piped to ``sh``, or to the interpreter that its first line names after ``#!``. In its environment are
    ``LAB_SCENARIO``, ``LAB_MACHINE``, ``LAB_KIND`` and ``LAB_PREFIX``: the lab's name, with which every container,
    volume and domain begins.

    Raises:
        MachineError: a machine cannot be reached, or a script did not end in time.
    """
    gathered: list[Evidence] = []
    for step in scenario.steps:
        places = [machines[place] for place in step.on]
        with progress.phase(step.title), ThreadPoolExecutor(max_workers=len(places)) as pool:
            evidence = list(pool.map(partial(_run, scenario, step, lab), places))
        on_step(evidence)
        gathered += evidence
    return gathered


def _run(scenario: Scenario, step: Step, lab: str, machine: Machine) -> Evidence:
    script = (scenario.folder / step.script_for(machine.name)).read_text(encoding="utf-8")
    variables = {
        "LAB_SCENARIO": scenario.name,
        "LAB_MACHINE": machine.name,
        "LAB_KIND": machine.kind,
        "LAB_PREFIX": lab,
    }
    argv = ["env", *(f"{name}={value}" for name, value in variables.items()), *_interpreter(script)]
    result = machine.exec(argv, stdin=script, timeout=step.timeout)
    return Evidence(
        step=step.id,
        title=step.title,
        proves=step.proves,
        machine=machine.name,
        kind=machine.kind,
        script=script,
        stdout=result.stdout,
        stderr=result.stderr,
        status=result.status,
        seconds=round(result.seconds, 3),
        ok=step.expect is None or result.status == step.expect,
    )


def _interpreter(script: str) -> list[str]:
    """The program that reads the script from its standard input, as shells and Python do."""
    first = script.partition("\n")[0]
    return shlex.split(first[2:]) if first.startswith("#!") else ["sh"]
