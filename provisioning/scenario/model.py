"""What a scenario is: machines, steps, tasks, and the world broken on purpose."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from provisioning.errors import UsageError
from provisioning.scenario.source import (
    Line,
    Text,
)

HOST = "host"
"""The name under which a step runs on the host itself."""
TASK_CHECKS = "tasks.py"
"""The file of the checks of a scenario's tasks."""
MountType = Literal["volume", "bind", "tmpfs"]
Port = Annotated[int, Meta(ge=1, le=65535)]
Value = Annotated[str, Meta(max_length=10_000)]


class Spec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all parts of a scenario are: frozen, and strict about their fields."""


class Mount(Spec, frozen=True):
    """What a container finds at a path."""

    type: MountType
    target: str
    """A path in the container, in plain letters; none of ``KERNELS``, and nothing in them."""
    source: str = ""
    """A volume's name within the scenario, or a path in the scenario's folder."""
    read_only: bool = False
    keep: bool = False
    """Whether the volume outlives `reset` and `down`."""


class VmSpec(Spec, frozen=True, tag_field="kind", tag="vm"):
    """A virtual machine."""

    kind: ClassVar[Literal["vm"]] = "vm"
    memory: Annotated[int, Meta(ge=256, le=2**20)] = 512
    """MiB, from 256 to a million (1 TiB)."""
    cpus: Annotated[int, Meta(ge=1, le=255)] = 1
    """Processors, from 1 to 255."""
    roles: tuple[Line, ...] = ("common",)


class ContainerSpec(Spec, frozen=True, tag_field="kind", tag="container"):
    """A container."""

    kind: ClassVar[Literal["container"]] = "container"
    roles: tuple[Line, ...] = ("common",)
    command: tuple[Value, ...] = ()
    environment: dict[str, Value] = {}
    mounts: tuple[Mount, ...] = ()
    ports: dict[Port, Port] = {}
    """Port on the host's loopback address to port in the container."""
    memory: Annotated[int, Meta(ge=0, le=2**20)] = 0
    """Limit in MiB, from 6 (Docker wants so much) to a million (1 TiB); 0 for none."""
    cpus: Annotated[float, Meta(ge=0, le=1024)] = 0
    """Limit in processors, from 0.01 (Docker wants so much) to 1024; 0 for none."""


MachineSpec = VmSpec | ContainerSpec


class Prediction(Spec, frozen=True):
    """What the learner is asked before a step runs."""

    question: Text
    choices: Annotated[tuple[Line, ...], Meta(min_length=2, max_length=20)]
    answer: str = ""
    """The right choice; empty if only the measurement can tell."""


class Step(Spec, frozen=True):
    """One thing to see: a script, where it runs, and what its answers prove."""

    id: str
    title: Line
    script: Line | dict[str, Line]
    """A path in the scenario's folder, or one for each place."""
    on: Annotated[tuple[str, ...], Meta(min_length=1)]
    """Names of machines, or ``host``."""
    proves: Text
    expect: Annotated[int, Meta(ge=0, le=255)] | None = 0
    """The exit status every place must end with; None for any."""
    timeout: Annotated[float, Meta(gt=0, le=86_400)] = 60.0
    """Seconds, up to a day."""
    predict: Prediction | None = None

    def script_for(self, place: str) -> str:
        """Return the path of the script that runs on ``place``."""
        return self.script if isinstance(self.script, str) else self.script[place]


class Task(Spec, frozen=True):
    """Something the learner does in a machine."""

    id: str
    title: Line
    goal: Text
    """What must be true in the end."""
    machine: str
    """Where the learner works; ``host`` is the host itself."""
    check: Line
    """The function in the folder's ``tasks.py`` that is green when the goal is met."""
    hints: Annotated[tuple[Text, ...], Meta(min_length=1)]
    solution: Line
    """The reference solution, a script that runs on ``machine``."""
    wrong: tuple[Line, ...]
    """Two wrong attempts at least, likewise: the check stays red after each. Plausible ones (``note.wrong.sh``), and
    the lazy one (``note.lazy.sh``), which does nothing of the task but what the check looks at."""


class Break(Spec, frozen=True):
    """The world broken on purpose, so that checks of the claims are seen failing."""

    machine: str
    """Where it is broken; ``host`` is the host itself."""
    command: Text
    """Lines for ``sh``, which find what the scripts of steps find in their environment."""
    checks: Annotated[tuple[Line, ...], Meta(min_length=1)]
    """Those that must be red afterwards, such as ``test_files.py::test_volume_is_shared``."""


class Scenario(Spec, frozen=True):
    """What a lesson asks for."""

    name: str
    folder: Path
    title: str
    summary: str
    claims: tuple[str, ...]
    machines: dict[str, MachineSpec]
    steps: tuple[Step, ...]
    tasks: tuple[Task, ...] = ()
    breaks: tuple[Break, ...] = ()
    """For the checks that stay green when VMs and containers are exchanged."""

    @property
    def lesson(self) -> Path:
        """The lesson's text in English (Markdown)."""
        return self.folder / "lesson.en.md"

    def step(self, name: str) -> Step:
        """Return the step of that id.

        Raises:
            UsageError: there is none.
        """
        for step in self.steps:
            if step.id == name:
                return step
        known = ", ".join(step.id for step in self.steps)
        raise UsageError(f"{self.name} has no step {name!r}.", f"Its steps: {known}.")

    def task(self, name: str) -> Task:
        """Return the task of that id.

        Raises:
            UsageError: there is none.
        """
        for task in self.tasks:
            if task.id == name:
                return task
        known = ", ".join(task.id for task in self.tasks) or "none"
        raise UsageError(f"{self.name} has no task {name!r}.", f"Its tasks: {known}.")
