"""What a lesson gets of a deployment that is up: where its steps run, and how its checks reach the machines."""

from __future__ import annotations

from provisioning.deployment import Deployment
from provisioning.lesson.checks import CheckTarget, Connection
from provisioning.lesson.results import results_of
from provisioning.lesson.steps import Stage
from provisioning.lesson.variables import OF_A_MACHINE, ON_THE_HOST
from provisioning.scenario.model import HOST


def stage_of(deployment: Deployment) -> Stage:
    """Return where the steps and tasks of a scenario run. Make the folders that they write to if they are missing."""
    pictures = results_of(deployment.settings, deployment.scenario.name).artifacts
    for folder in (pictures, deployment.scratch):
        folder.mkdir(parents=True, exist_ok=True)
    variables = {variable.name: variable.value(deployment, pictures) for variable in ON_THE_HOST}
    for name, spec in deployment.scenario.machines.items():
        variables[f"{OF_A_MACHINE[spec.kind].name}{name.upper()}"] = deployment.group(name).image(name)
    machines = {name: deployment.machine(name) for name in (HOST, *deployment.scenario.machines)}
    return Stage(deployment.scenario, machines, deployment.settings.name, variables)


def check_target_of(deployment: Deployment) -> CheckTarget:
    """Return how testinfra reaches the machines of a scenario."""
    connections = {HOST: Connection("host", "local://")}
    for name, spec in deployment.scenario.machines.items():
        connections[name] = Connection(spec.kind, deployment.group(name).hostspec(name))
    return CheckTarget(deployment.settings.name, deployment.scenario.name, str(deployment.scratch), connections)
