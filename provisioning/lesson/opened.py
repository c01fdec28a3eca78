"""What a lesson gets of a lab that is up: where its steps run, and how its checks reach the machines."""

from __future__ import annotations

from provisioning.lab import Lab
from provisioning.lesson.checks import CheckTarget, Connection
from provisioning.lesson.results import results_of
from provisioning.lesson.steps import Stage
from provisioning.lesson.variables import OF_A_MACHINE, ON_THE_HOST
from provisioning.scenario.model import HOST


def stage_of(lab: Lab) -> Stage:
    """Return where the steps and tasks of a scenario run; the folders that they write to are made when missing."""
    pictures = results_of(lab.settings, lab.scenario.name).artifacts
    for folder in (pictures, lab.scratch):
        folder.mkdir(parents=True, exist_ok=True)
    variables = {variable.name: variable.value(lab, pictures) for variable in ON_THE_HOST}
    for name, spec in lab.scenario.machines.items():
        variables[f"{OF_A_MACHINE[spec.kind].name}{name.upper()}"] = lab.group(name).image(name)
    machines = {name: lab.machine(name) for name in (HOST, *lab.scenario.machines)}
    return Stage(lab.scenario, machines, lab.settings.name, variables)


def check_target_of(lab: Lab) -> CheckTarget:
    """Return how testinfra reaches the machines of a scenario."""
    connections = {HOST: Connection("host", "local://")}
    for name, spec in lab.scenario.machines.items():
        connections[name] = Connection(spec.kind, lab.group(name).hostspec(name))
    return CheckTarget(lab.settings.name, lab.scenario.name, str(lab.scratch), connections)
