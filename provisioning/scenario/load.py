"""Find scenarios, and load one from its folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from provisioning import names
from provisioning.errors import UsageError
from provisioning.names import LONGEST_MACHINE
from provisioning.scenario.contents import Contents
from provisioning.scenario.model import (
    HOST,
    Break,
    ContainerSpec,
    MachineSpec,
    Mount,
    MountType,
    Prediction,
    Scenario,
    Spec,
    Step,
    Task,
    VmSpec,
)
from provisioning.scenario.rules import (
    check_breaks,
    check_machines,
    check_names,
    check_steps,
    check_tasks,
)
from provisioning.scenario.source import (
    Line,
    Source,
    Text,
    closest,
    plain,
)
from provisioning.settings import REPOSITORY

ROLES = REPOSITORY / "playbooks" / "roles"
MACHINES = 250
"""Machines that a scenario may have: as many as a network of 254 addresses holds."""
_KINDS: dict[str, type[MachineSpec]] = {spec.kind: spec for spec in (VmSpec, ContainerSpec)}


class File(Spec, frozen=True):
    """`scenario.yml` as it stands. Its parts are converted later, one by one, so that a mistake names its place."""

    title: Line
    summary: Text
    claims: Annotated[tuple[str, ...], Meta(min_length=1)]
    machines: Annotated[dict[str, Any], Meta(min_length=1, max_length=MACHINES)]
    steps: Annotated[list[Any], Meta(min_length=1)]
    tasks: tuple[Any, ...] = ()
    breaks: tuple[Any, ...] = ()


def find_scenarios(labs: Path) -> list[str]:
    """Return the names of the folders that hold a ``scenario.yml``, valid or not; 2 comes before 10.

    Raises:
        UsageError: ``labs`` cannot be read.
    """
    try:
        names = [path.name for path in labs.iterdir() if _is_there(path / "scenario.yml")]
    except (OSError, ValueError) as error:
        reason = "is not there" if isinstance(error, FileNotFoundError) else "cannot be read"
        reason = "is no folder" if isinstance(error, NotADirectoryError) else reason
        raise UsageError(
            plain(f"The folder of the scenarios, {labs}, {reason}."), "Correct LAB_SCENARIOS, or unset it."
        ) from error
    return sorted(names, key=_in_order)


def _in_order(name: str) -> list[tuple[int, str]]:
    # Every second part is a number, so names sort by their numbers.
    return [(int(part or 0) if index % 2 else 0, part) for index, part in enumerate(re.split(r"([0-9]+)", name))]


def _is_there(path: Path) -> bool:
    """Return True if something has that name, or if that cannot be told: it may be a scenario."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def require_scenarios(labs: Path) -> list[str]:
    """Return what :func:`find_scenarios` returns, at least one name.

    Raises:
        UsageError: there is none, or ``labs`` cannot be read.
    """
    names = find_scenarios(labs)
    if not names:
        raise UsageError(f"There is no scenario in {labs}.", "Correct LAB_SCENARIOS, or unset it.")
    return names


def load_all(labs: Path) -> list[Scenario]:
    """Load all scenarios, at least one.

    Raises:
        UsageError: there is none, or one of them has a mistake.
    """
    return [load_scenario(labs / name) for name in require_scenarios(labs)]


def load_named(labs: Path, name: str) -> Scenario:
    """Load the scenario of that name.

    Raises:
        UsageError: there is none, or it has a mistake.
    """
    return load_scenario(folder_of(labs, name))


def folder_of(labs: Path, name: str) -> Path:
    """Return the folder of the scenario of that name, valid or not.

    Raises:
        UsageError: there is none.
    """
    names = find_scenarios(labs)
    if name not in names:
        close = closest(name, names) or closest(f"scenario-{name}", names)
        there = plain(f"There are: {', '.join(names)}." if names else f"{labs} holds none.")
        raise UsageError(f"There is no scenario {name!r}.", f"Did you mean {plain(close)}? {there}" if close else there)
    return labs / name


def load_scenario(folder: Path, roles: Path = ROLES) -> Scenario:
    """Load and validate ``scenario.yml`` in ``folder``; ``roles`` is where Ansible's roles lie.

    Raises:
        UsageError: the first mistake: file, line, field, what was expected and what was found.
    """
    source = Source(folder / "scenario.yml", {"mounts": Mount, "predict": Prediction, "type": MountType})
    file = source.convert(File, source.data, "$")
    machines: dict[str, MachineSpec] = {}
    for name, data in file.machines.items():
        at = f"$.machines.{name}"
        source.require(bool(names.MACHINE.fullmatch(name)), at, "a name of lower-case letters and digits", name)
        source.require(len(name) <= LONGEST_MACHINE, at, f"a name of at most {LONGEST_MACHINE} letters", name)
        source.require(name != HOST, at, "another name, as `host` is the host itself", name)
        source.require(name != "localhost", at, "another name, as that is what every machine calls itself", name)
        kind = data.get("kind") if isinstance(data, dict) else None
        source.require(isinstance(kind, str) and kind in _KINDS, f"{at}.kind", " or ".join(_KINDS), kind)
        machines[name] = source.convert(_KINDS[str(kind)], data, at)
    scenario = Scenario(
        name=folder.name,
        folder=folder,
        title=file.title,
        summary=file.summary,
        claims=file.claims,
        machines=machines,
        steps=tuple(source.convert(Step, data, f"$.steps[{index}]") for index, data in enumerate(file.steps)),
        tasks=tuple(source.convert(Task, data, f"$.tasks[{index}]") for index, data in enumerate(file.tasks)),
        breaks=tuple(source.convert(Break, data, f"$.breaks[{index}]") for index, data in enumerate(file.breaks)),
    )
    contents = Contents(folder, source)
    check_names(scenario, source)
    check_machines(scenario, source, contents, sorted(path.name for path in roles.iterdir()))
    check_steps(scenario, source, contents)
    check_tasks(scenario, source, contents)
    check_breaks(scenario, source, contents)
    return scenario
