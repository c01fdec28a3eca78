"""Scenarios are data: what a folder under `labs/` asks for, loaded and validated."""

from __future__ import annotations

import ast
import os
import re
import shlex
import stat
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from provisioning.errors import UsageError
from provisioning.settings import REPOSITORY
from provisioning.source import (
    Line,
    Source,
    Text,
    closest,
    fault,
    mistake,
    plain,
    read_text,
    read_words,
    shown,
    sort_of,
)

HOST = "host"
"""The name under which a step runs on the host itself."""
ROLES = REPOSITORY / "playbooks" / "roles"
TASK_CHECKS = "tasks.py"
"""The file of the checks of a scenario's tasks."""
BAKERY = "bake"
"""What the lab calls the scenarios of its own, in which it makes images: each begins so."""
SCENARIO_NAME, MACHINE_NAME = 20, 12
"""Letters that the names may have. ``<lab>-<scenario>-<machine>`` is a host name (63 at most) and, in the folder
``/var/lib/lab/run/<lab>/ssh`` and with 17 letters of OpenSSH's behind it, the path of a socket (107 at most); the lab's
name has 16 letters at most."""
ID = 32
"""Letters that the id of a step or a task may have, and the name of a volume."""
MACHINES = 64
"""So many machines a scenario may have."""
KERNELS = ("/proc", "/sys", "/dev")
"""Where the kernel of a container shows itself, and nothing is mounted."""

MountType = Literal["volume", "bind", "tmpfs"]
Port = Annotated[int, Meta(ge=1, le=65535)]
Value = Annotated[str, Meta(max_length=10_000)]


class _Spec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Mount(_Spec, frozen=True):
    """What a container finds at a path."""

    type: MountType
    target: str
    """A path in the container, in plain letters; none of ``KERNELS``, and nothing in them."""
    source: str = ""
    """A volume's name within the scenario, or a path in the scenario's folder."""
    read_only: bool = False
    keep: bool = False
    """Whether the volume outlives `reset` and `down`."""


class VmSpec(_Spec, frozen=True, tag_field="kind", tag="vm"):
    """A virtual machine."""

    kind: ClassVar[Literal["vm"]] = "vm"
    memory: Annotated[int, Meta(ge=256, le=2**20)] = 512
    """MiB, from 256 to a million (1 TiB)."""
    cpus: Annotated[int, Meta(ge=1, le=255)] = 1
    """Processors, from 1 to 255."""
    roles: tuple[Line, ...] = ("common",)


class ContainerSpec(_Spec, frozen=True, tag_field="kind", tag="container"):
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
_KINDS: dict[str, type[MachineSpec]] = {spec.kind: spec for spec in (VmSpec, ContainerSpec)}


class Prediction(_Spec, frozen=True):
    """What the learner is asked before a step runs."""

    question: Text
    choices: Annotated[tuple[Line, ...], Meta(min_length=2, max_length=20)]
    answer: str = ""
    """The choice that the step will bear out; empty where only the measurement can tell."""


class Step(_Spec, frozen=True):
    """One thing that is shown: a script, where it runs, and what its answers prove."""

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
        """The path of the script that runs on ``place``."""
        return self.script if isinstance(self.script, str) else self.script[place]


class Task(_Spec, frozen=True):
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
    wrong: Line
    """A plausible wrong attempt, likewise: the check stays red after it."""


class Break(_Spec, frozen=True):
    """The world broken on purpose, so that checks of the claims are seen failing."""

    machine: str
    """Where it is broken; ``host`` is the host itself."""
    command: Text
    """Lines for ``sh``, which find what the scripts of steps find in their environment."""
    checks: Annotated[tuple[Line, ...], Meta(min_length=1)]
    """Those that must be red afterwards, such as ``test_files.py::test_volume_is_shared``."""


class _File(_Spec, frozen=True):
    """`scenario.yml` as it stands; what is in the lists is converted one by one, so that a mistake names its place."""

    title: Line
    summary: Text
    claims: Annotated[tuple[str, ...], Meta(min_length=1)]
    machines: Annotated[dict[str, Any], Meta(min_length=1, max_length=MACHINES)]
    steps: Annotated[list[Any], Meta(min_length=1)]
    tasks: list[Any] = []
    breaks: list[Any] = []


class Scenario(_Spec, frozen=True):
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
    """For the checks that stay green when VMs and containers are exchanged for each other."""

    @property
    def lesson(self) -> Path:
        """The lesson's text in English (Markdown)."""
        return self.folder / "lesson.en.md"

    def step(self, name: str) -> Step:
        """The step of that id.

        Raises:
            UsageError: there is none.
        """
        for step in self.steps:
            if step.id == name:
                return step
        raise UsageError(
            f"{self.name} has no step {plain(name)!r}.", f"Its steps: {', '.join(step.id for step in self.steps)}."
        )

    def task(self, name: str) -> Task:
        """The task of that id.

        Raises:
            UsageError: there is none.
        """
        for task in self.tasks:
            if task.id == name:
                return task
        known = ", ".join(task.id for task in self.tasks) or "none"
        raise UsageError(f"{self.name} has no task {name!r}.", f"Its tasks: {known}.")


def find_scenarios(labs: Path) -> list[str]:
    """The names of the folders that hold a ``scenario.yml``, whatever that is; 2 before 10.

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
    # Every second part is a number, of those that int() takes.
    return [(int(part or 0) if index % 2 else 0, part) for index, part in enumerate(re.split(r"([0-9]+)", name))]


def _is_there(path: Path) -> bool:
    """Whether there is something of that name; also when it cannot be reached, since then a scenario may be behind."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def load_all(labs: Path) -> list[Scenario]:
    """Every scenario there is.

    Raises:
        UsageError: one of them has a mistake.
    """
    return [load_scenario(labs / name) for name in find_scenarios(labs)]


def folder_of(labs: Path, name: str) -> Path:
    """The folder of the scenario of that name, whether what it holds is valid or not.

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
        UsageError: the first mistake found: file, line, field, what was expected and what was found.
    """
    source = Source(folder / "scenario.yml", {"mounts": Mount, "predict": Prediction, "type": MountType})
    file = source.convert(_File, source.data, "$")
    machines: dict[str, MachineSpec] = {}
    for name, data in file.machines.items():
        at = f"$.machines.{name}"
        source.require(bool(re.fullmatch(r"[a-z][a-z0-9]*", name)), at, "a name of lower-case letters and digits", name)
        source.require(len(name) <= MACHINE_NAME, at, f"a name of at most {MACHINE_NAME} letters", name)
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
    contents = _Contents(folder, source)
    _check_names(scenario, source)
    _check_machines(scenario, source, contents, sorted(path.name for path in roles.iterdir()))
    _check_steps(scenario, source, contents)
    _check_tasks(scenario, source, contents)
    _check_breaks(scenario, source, contents)
    return scenario


# What the types cannot say: that names can be used, and that files, roles and machines named exist.


def _check_names(scenario: Scenario, source: Source) -> None:
    # The folder's name goes into the names of containers, volumes and domains. In them the last hyphen stands before
    # the machine or volume, so that no two of them are called the same.
    fit = bool(re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", scenario.name))
    words = "a folder's name of lower-case letters, digits and hyphens between them"
    source.require(fit, "$", words, scenario.name)
    fit = len(scenario.name) <= SCENARIO_NAME
    source.require(fit, "$", f"a folder's name of at most {SCENARIO_NAME} letters", scenario.name)
    fit = not scenario.name.startswith(BAKERY)
    source.require(fit, "$", f"another name, as the lab's own begin with `{BAKERY}`", scenario.name)
    read_words(scenario.lesson)
    for index, claim in enumerate(scenario.claims):
        known = bool(re.fullmatch(r"V[1-5]|C[1-9]", claim))
        source.require(known, f"$.claims[{index}]", "a claim, V1 to V5 or C1 to C9", claim)
    _check_once(scenario.claims, "$.claims", "each claim once", source)


def _check_once(values: Sequence[str], at: str, expected: str, source: Source) -> None:
    seen: set[str] = set()
    for index, value in enumerate(values):
        source.require(value not in seen, f"{at}[{index}]", expected, value)
        seen.add(value)


def _check_machines(scenario: Scenario, source: Source, contents: _Contents, roles: list[str]) -> None:
    published: set[int] = set()
    for name, spec in scenario.machines.items():
        at = f"$.machines.{name}"
        for index, role in enumerate(spec.roles):
            source.require(role in roles, f"{at}.roles[{index}]", f"a role of {', '.join(roles)}", role)
        _check_once(spec.roles, f"{at}.roles", "each role once", source)
        if isinstance(spec, VmSpec):
            by_it = "the role common among them: by it the host wakes a VM"
            source.require("common" in spec.roles, f"{at}.roles", by_it, ", ".join(spec.roles))
            continue
        source.require(spec.memory == 0 or spec.memory >= 6, f"{at}.memory", "0, or 6 at least", str(spec.memory))
        source.require(spec.cpus == 0 or spec.cpus >= 0.01, f"{at}.cpus", "0, or 0.01 at least", str(spec.cpus))
        if spec.command:
            source.require(bool(spec.command[0].strip()), f"{at}.command[0]", "a program", spec.command[0])
        for variable in spec.environment:
            fit = bool(re.fullmatch(r"[^\s=]+", variable))
            source.require(fit, f"{at}.environment", "names without = and blanks", variable or "''")
        inside: set[int] = set()
        for port, target in spec.ports.items():
            source.require(port not in published, f"{at}.ports.{port}", "a host port that no other publishes", port)
            source.require(target not in inside, f"{at}.ports.{port}", "each port of the container once", target)
            published.add(port)
            inside.add(target)
        targets: set[str] = set()
        for index, mount in enumerate(spec.mounts):
            _check_mount(mount, f"{at}.mounts[{index}]", contents, source)
            alone = mount.target not in targets
            source.require(alone, f"{at}.mounts[{index}].target", "a path where nothing else is mounted", mount.target)
            targets.add(mount.target)


def _check_mount(mount: Mount, at: str, contents: _Contents, source: Source) -> None:
    source.require(mount.target.startswith("/"), f"{at}.target", "an absolute path", mount.target)
    plainly = re.fullmatch(r"(/[A-Za-z0-9._-]+)+", mount.target) and len(mount.target) <= 200
    plainly = plainly and not {".", ".."} & set(mount.target.split("/"))
    source.require(bool(plainly), f"{at}.target", "a path of plain letters below /, such as /data", mount.target)
    free = not f"{mount.target}/".startswith(tuple(f"{each}/" for each in KERNELS))
    source.require(free, f"{at}.target", f"a path outside {', '.join(KERNELS)}", mount.target)
    source.require(mount.type == "volume" or not mount.keep, f"{at}.keep", "a volume, as only that is kept", mount.type)
    match mount.type:
        case "tmpfs":
            source.require(not mount.source, f"{at}.source", "no source for a tmpfs", mount.source)
        case "volume":
            fit = bool(re.fullmatch(r"[a-z0-9][a-z0-9_.]*", mount.source)) and len(mount.source) <= ID
            words = f"a volume's name, of lower-case letters and digits, {ID} at most"
            source.require(fit, f"{at}.source", words, mount.source)
        case "bind":
            contents.require(mount.source, f"{at}.source", "an existing path", ("a file", "a folder"))


def _check_id(given: str, at: str, example: str, kind: str, seen: set[str], source: Source) -> None:
    source.require(bool(re.fullmatch(r"[a-z][a-z0-9-]*", given)), at, f"such as {example}", given)
    source.require(len(given) <= ID, at, f"an id of at most {ID} letters", given)
    source.require(given not in seen, at, f"an id that no other {kind} has", given)
    seen.add(given)


def _check_steps(scenario: Scenario, source: Source, contents: _Contents) -> None:
    places = (HOST, *scenario.machines)
    seen: set[str] = set()
    for index, step in enumerate(scenario.steps):
        at = f"$.steps[{index}]"
        _check_id(step.id, f"{at}.id", "boot-id", "step", seen, source)
        for position, place in enumerate(step.on):
            source.require(place in places, f"{at}.on[{position}]", f"one of {', '.join(places)}", place)
        _check_once(step.on, f"{at}.on", "each place once", source)
        if step.predict:
            _check_once(step.predict.choices, f"{at}.predict.choices", "each choice once", source)
            fits = step.predict.answer in ("", *step.predict.choices)
            source.require(fits, f"{at}.predict.answer", "one of the choices", step.predict.answer)
        scripts = {"": step.script} if isinstance(step.script, str) else step.script
        if isinstance(step.script, dict):
            fits = set(step.script) == set(step.on)
            source.require(fits, f"{at}.script", f"a script each for {', '.join(step.on)}", ", ".join(step.script))
        for place, script in scripts.items():
            contents.require_script(script, f"{at}.script" + (f".{place}" if place else ""))


def _check_tasks(scenario: Scenario, source: Source, contents: _Contents) -> None:
    places = (HOST, *scenario.machines)
    seen: set[str] = set()
    for index, task in enumerate(scenario.tasks):
        at = f"$.tasks[{index}]"
        _check_id(task.id, f"{at}.id", "own-name", "task", seen, source)
        source.require(task.machine in places, f"{at}.machine", f"one of {', '.join(places)}", task.machine)
        there = contents.defines(TASK_CHECKS, task.check)
        source.require(there, f"{at}.check", f"a function in {TASK_CHECKS} that begins with test_", task.check)
        contents.require_script(task.solution, f"{at}.solution")
        contents.require_script(task.wrong, f"{at}.wrong")


def _check_breaks(scenario: Scenario, source: Source, contents: _Contents) -> None:
    places = (HOST, *scenario.machines)
    for index, broken in enumerate(scenario.breaks):
        at = f"$.breaks[{index}]"
        source.require(broken.machine in places, f"{at}.machine", f"one of {', '.join(places)}", broken.machine)
        if wrong := _unrunnable(broken.command):
            raise source.mistake(f"{at}.command", wrong)
        for position, check in enumerate(broken.checks):
            file, _, function = check.partition("::")
            there = re.fullmatch(r"test_.*\.py", file.rpartition("/")[2]) and contents.defines(file, function)
            source.require(bool(there), f"{at}.checks[{position}]", "a check, such as test_files.py::test_owner", check)
        _check_once(broken.checks, f"{at}.checks", "each check once", source)


def _unrunnable(script: str) -> str:
    """Why nothing would be done by a script, in the words of an error; empty where something would.

    It is piped to ``sh``, or to what its first line names; see :mod:`provisioning.steps`.
    """
    lines = script.split("\n")
    if not any(line.strip() and not line.lstrip().startswith("#") for line in lines):
        return "expected a script that does something, found nothing but blanks and comments"
    first = lines[0]
    if not first.startswith("#!"):
        return ""
    try:
        argv = shlex.split(first[2:])
    except ValueError:
        return f"expected a program after #!, found quotes that do not end in {shown(first)}"
    program, *words = argv or [""]
    # The program stands behind `env NAME=VALUE...`, which would take such a word for one more variable.
    if not program.startswith("/") or "=" in program:
        return f"expected a program after #!, such as /bin/bash, found {shown(program)}"
    if program.endswith("/env") and all(word.startswith("-") or "=" in word for word in words):
        return f"expected a program after #!{program}, found nothing"
    return ""


class _Contents:
    """What lies in a scenario's folder. What links lead to outside is not in it."""

    def __init__(self, folder: Path, source: Source) -> None:
        self.folder = folder
        self.source = source
        self._real = os.path.realpath(folder)
        self._sound: set[str] = set()
        """Scripts that were looked at."""
        self._functions: dict[str, frozenset[str]] = {}
        """The checks in each file that was looked at."""

    def sort(self, path: str) -> str:
        """What lies at ``path``: ``a file``, ``a folder``..., or why nothing does."""
        parts = path.split("/")
        if path != "." and not {"", ".", ".."}.isdisjoint(parts):
            return "no plain path"
        try:
            at = self._real
            for part in parts:
                at = f"{at}/{part}"
                mode = os.lstat(at).st_mode
                if stat.S_ISLNK(mode):
                    real = os.path.realpath(f"{self._real}/{path}", strict=True)
                    if not f"{real}/".startswith(f"{self._real}/"):
                        return "a link that leads out of it"
                    return sort_of(Path(real).stat().st_mode)
        except (OSError, ValueError) as error:
            return fault(error)
        return sort_of(mode)

    def require(self, path: str, at: str, expected: str, sorts: Sequence[str]) -> None:
        """Raise the mistake in the field ``at`` unless what lies at ``path`` is of one of these sorts."""
        sort = self.sort(path) if path else "nothing"
        told = shown(path) if sort == "nothing" else f"{shown(path)}, {sort}"
        if sort not in sorts:
            raise self.source.mistake(at, f"expected {expected} in the scenario's folder, found {told}")

    def require_script(self, path: str, at: str) -> None:
        """Raise the mistake unless ``path`` is that of a script that can be run."""
        if path in self._sound:
            return
        self.require(path, at, "an existing file", ["a file"])
        if wrong := _unrunnable(read_text(self.folder / path)):
            raise mistake(self.folder / path, 1, wrong)
        self._sound.add(path)

    def defines(self, path: str, check: str) -> bool:
        """Whether the Python file at ``path`` holds a check of that name.

        Raises:
            UsageError: the file cannot be read.
        """
        if path not in self._functions:
            module = parse(self.folder / path) if self.sort(path) == "a file" else ast.Module([], [])
            found = (node.name for node in module.body if isinstance(node, ast.FunctionDef))
            self._functions[path] = frozenset(found)
        return check.startswith("test_") and check in self._functions[path]


def parse(path: Path) -> ast.Module:
    """The Python program in a file.

    Raises:
        UsageError: the file cannot be read, or holds none.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # which tell of escapes in strings
            return ast.parse(read_text(path))
    except SyntaxError as error:
        raise mistake(path, error.lineno or 1, f"expected Python, but {error.msg}") from error
    except (RecursionError, MemoryError) as error:  # the same, to Python's parser
        raise mistake(path, 1, "expected Python, but it is nested too deeply") from error
