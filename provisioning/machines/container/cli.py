"""A container of a scenario, through the `docker` command. What makes it is the engine's (`engine.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from provisioning import names
from provisioning.errors import ANEW, HostError, MachineError
from provisioning.machines import Kind, Result
from provisioning.machines.command import ASKING, run
from provisioning.settings import Settings

REFUSALS = ("Error response from daemon", "No such container", "Cannot connect to the Docker daemon", "during connect")
"""What `docker` prints, among other words, when it cannot run a command in a container."""
REMOVE = 300.0
"""Seconds that the removal of all containers of a scenario may take."""


@dataclass(frozen=True)
class Container:
    """A running container of a scenario."""

    name: str
    full_name: str
    """Docker's name for it (:func:`provisioning.names.of_machine`)."""

    kind: Kind = "container"

    def exec(self, argv: Sequence[str], *, stdin: str = "", timeout: float = 60.0, limit: int | None = None) -> Result:
        """See :class:`provisioning.machines.Machine`."""
        command = ["docker", "exec", "--interactive", self.full_name, *argv]
        result = run(command, stdin=stdin, timeout=timeout, limit=limit)
        if result.status and any(words in result.stderr for words in REFUSALS) and not self._is_running():
            raise MachineError(
                f"The container {self.full_name} cannot be reached: {result.stderr.strip()}",
                ANEW,
            )
        return result

    def _is_running(self) -> bool:
        """Return True if the engine can run a command in it. Its programs may print :data:`REFUSALS`, too."""
        form = "{{.State.Running}} {{.State.Paused}}"
        found = run(["docker", "container", "inspect", "--format", form, self.full_name])
        return found.status == 0 and found.stdout.split() == ["true", "false"]

    def shell_argv(self, *, terminal: bool = True) -> list[str]:
        """See :class:`provisioning.machines.Machine`."""
        tty = ["--tty"] if terminal else []
        return ["docker", "exec", "--interactive", *tty, self.full_name, "bash", "--login"]


def labels(settings: Settings, scenario: str, machine: str = "") -> dict[str, str]:
    """Return the labels that mark an object at the engine as the lab's own."""
    return names.labels(names.Labelled(settings.name, settings.owner, scenario, machine))


def is_own(settings: Settings, found: Mapping[str, str] | None) -> bool:
    """Return True if an object with these labels is the lab's own: the lab made it, or a learner marked it so.

    A lab of the same name, of another user or in another home, has another owner.

    >>> mine = Settings(uid=0)
    >>> [is_own(mine, each) for each in (None, {"lab.name": "lab"}, {"lab.name": "lab", "lab.owner": "1000:/home"})]
    [False, True, False]
    """
    of = names.parse_labels(found)
    return of.lab == settings.name and of.owner in ("", settings.owner)


def foreign(what: str) -> HostError:
    """Return the error of a thing that has the wanted name and is not the lab's own."""
    return HostError(
        f"The {what} is there and is not this lab's own; it was left alone.",
        "Give the lab another name (LAB_NAME=mylab), or rename or remove that yourself if you do not need it.",
    )


def has_images(tags: Iterable[str]) -> bool:
    """Return True if the engine answers and holds all images of these names."""
    return run(["docker", "image", "inspect", "--format", "ok", *tags], timeout=ASKING).status == 0


def remove(settings: Settings, scenario: str) -> None:
    """Remove the containers that the lab made for a scenario, with what runs in them, side by side.

    :meth:`provisioning.machines.container.engine.Engine.clear` finds what this leaves.
    """
    options = [f"--filter=label={key}={value}" for key, value in labels(settings, scenario).items()]
    with suppress(MachineError):
        if found := run(["docker", "ps", "--all", "--quiet", *options]).stdout.split():
            run(["docker", "rm", "--force", "--volumes", *found], timeout=REMOVE)
