"""A container of a scenario, through the `docker` command. What makes it is the engine's (`engine.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from provisioning.errors import MachineError
from provisioning.machines import Kind, Result
from provisioning.machines.command import run

LAB, SCENARIO, MACHINE = "lab.name", "lab.scenario", "lab.machine"
"""Labels of whatever is the lab's own at the engine."""
REFUSALS = ("Error response from daemon", "No such container", "Cannot connect to the Docker daemon", "during connect")
"""What `docker` prints, among other words, when it cannot run a command in a container."""
REMOVE = 300.0
"""Seconds that the removal of all containers of a scenario may take."""


@dataclass(frozen=True)
class Container:
    """A running container of a scenario."""

    name: str
    full_name: str
    """Docker's name for it: ``<lab>-<scenario>-<machine>``."""

    kind: Kind = "container"

    def exec(self, argv: Sequence[str], *, stdin: str = "", timeout: float = 60.0, limit: int | None = None) -> Result:
        """See :class:`provisioning.machines.Machine`."""
        command = ["docker", "exec", "--interactive", self.full_name, *argv]
        result = run(command, stdin=stdin, timeout=timeout, limit=limit)
        if result.status and any(words in result.stderr for words in REFUSALS) and not self._is_running():
            raise MachineError(
                f"The container {self.full_name} cannot be reached: {result.stderr.strip()}",
                "Put it right with: python3 lab.py reset SCENARIO",
            )
        return result

    def _is_running(self) -> bool:
        """Whether the engine can run a command in it: its own programs may print whatever the engine does."""
        form = "{{.State.Running}} {{.State.Paused}}"
        found = run(["docker", "container", "inspect", "--format", form, self.full_name])
        return found.status == 0 and found.stdout.split() == ["true", "false"]

    def shell_argv(self) -> list[str]:
        """See :class:`provisioning.machines.Machine`."""
        return ["docker", "exec", "--interactive", "--tty", self.full_name, "bash", "--login"]


def full_name(lab: str, scenario: str, machine: str) -> str:
    """Docker's name of a container, or of a volume."""
    return f"{lab}-{scenario}-{machine}"


def network_name(lab: str, scenario: str) -> str:
    """Docker's name of a scenario's own network; its containers and volumes begin with it."""
    return f"{lab}-{scenario}"


def labels(lab: str, scenario: str, machine: str = "") -> dict[str, str]:
    """What marks an object at the engine as the lab's own."""
    return {LAB: lab, SCENARIO: scenario} | ({MACHINE: machine} if machine else {})


def make_network(lab: str, scenario: str) -> bool:
    """Make a scenario's bridge network; whether it was made. One that is there is left as it is.

    Why it was not, for whatever reason, the engine tells (:meth:`provisioning.machines.engine.Engine.prepare`).
    """
    marks = [f"--label={key}={value}" for key, value in labels(lab, scenario).items()]
    return run(["docker", "network", "create", *marks, network_name(lab, scenario)]).status == 0


def remove_network(lab: str, scenario: str) -> None:
    """Remove a scenario's bridge network, in which there is no container."""
    run(["docker", "network", "rm", network_name(lab, scenario)])


def has_images(tags: Iterable[str]) -> bool:
    """Whether the engine answers, and holds all images of these names."""
    return run(["docker", "image", "inspect", "--format", "ok", *tags]).status == 0


def remove(names: Iterable[str]) -> None:
    """Remove containers with what runs in them, side by side; those that are not there are no error.

    What this leaves, for whatever reason, the engine finds (:meth:`provisioning.machines.engine.Engine.clear`).
    """
    with suppress(MachineError):
        run(["docker", "rm", "--force", "--volumes", *names], timeout=REMOVE)
