"""Scenarios are data: what a folder under `labs/` asks for, loaded and validated."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar, get_args

import msgspec
import yaml
from msgspec import Meta

from provisioning.errors import UsageError
from provisioning.settings import REPOSITORY

HOST = "host"
"""The name under which a step runs on the host itself."""
ROLES = REPOSITORY / "playbooks" / "roles"
TASK_CHECKS = "tasks.py"
"""The file of the checks of a scenario's tasks."""

MountType = Literal["volume", "bind", "tmpfs"]
Text = Annotated[str, Meta(min_length=1)]
Port = Annotated[int, Meta(ge=1, le=65535)]

T = TypeVar("T")


class _Spec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Mount(_Spec, frozen=True):
    """What a container finds at a path."""

    type: MountType
    target: str
    source: str = ""
    """A volume's name within the scenario, or a path in the scenario's folder."""
    read_only: bool = False
    keep: bool = False
    """Whether the volume outlives `reset` and `down`."""


class VmSpec(_Spec, frozen=True, tag_field="kind", tag="vm"):
    """A virtual machine."""

    kind: ClassVar[Literal["vm"]] = "vm"
    memory: Annotated[int, Meta(ge=256)] = 512
    """MiB."""
    cpus: Annotated[int, Meta(ge=1)] = 1
    roles: tuple[Text, ...] = ("common",)


class ContainerSpec(_Spec, frozen=True, tag_field="kind", tag="container"):
    """A container."""

    kind: ClassVar[Literal["container"]] = "container"
    roles: tuple[Text, ...] = ("common",)
    command: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    mounts: tuple[Mount, ...] = ()
    ports: dict[Port, Port] = {}
    """Port on the host's loopback address to port in the container."""
    memory: Annotated[int, Meta(ge=0)] = 0
    """Limit in MiB; 0 for none."""
    cpus: Annotated[float, Meta(ge=0)] = 0
    """Limit in processors; 0 for none."""


MachineSpec = VmSpec | ContainerSpec
_KINDS: dict[str, type[MachineSpec]] = {spec.kind: spec for spec in (VmSpec, ContainerSpec)}


class Prediction(_Spec, frozen=True):
    """What the learner is asked before a step runs."""

    question: Text
    choices: Annotated[tuple[Text, ...], Meta(min_length=2)]
    answer: str = ""
    """The choice that the step will bear out; empty where only the measurement can tell."""


class Step(_Spec, frozen=True):
    """One thing that is shown: a script, where it runs, and what its answers prove."""

    id: str
    title: Text
    script: Text | dict[str, Text]
    """A path in the scenario's folder, or one for each place."""
    on: Annotated[tuple[str, ...], Meta(min_length=1)]
    """Names of machines, or ``host``."""
    proves: Text
    expect: int | None = 0
    """The exit status every place must end with; None for any."""
    timeout: Annotated[float, Meta(gt=0)] = 60.0
    """Seconds."""
    predict: Prediction | None = None

    def script_for(self, place: str) -> str:
        """The path of the script that runs on ``place``."""
        return self.script if isinstance(self.script, str) else self.script[place]


class Task(_Spec, frozen=True):
    """Something the learner does in a machine."""

    id: str
    title: Text
    goal: Text
    """What must be true in the end."""
    machine: str
    """Where the learner works; ``host`` is the host itself."""
    check: Text
    """The function in the folder's ``tasks.py`` that is green when the goal is met."""
    hints: Annotated[tuple[Text, ...], Meta(min_length=1)]
    solution: Text
    """The reference solution, a script that runs on ``machine``."""
    wrong: Text
    """A plausible wrong attempt, likewise: the check stays red after it."""


class Break(_Spec, frozen=True):
    """The world broken on purpose, so that checks of the claims are seen failing."""

    machine: str
    """Where it is broken; ``host`` is the host itself."""
    command: Text
    """Lines for ``sh``, which find what the scripts of steps find in their environment."""
    checks: Annotated[tuple[Text, ...], Meta(min_length=1)]
    """Those that must be red afterwards, such as ``test_files.py::test_volume_is_shared``."""


class _File(_Spec, frozen=True):
    """`scenario.yml` as it stands; what is in the lists is converted one by one, so that a mistake names its place."""

    title: Text
    summary: Text
    claims: Annotated[tuple[str, ...], Meta(min_length=1)]
    machines: Annotated[dict[str, Any], Meta(min_length=1)]
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
    """The names of the scenarios there are, 2 before 10."""
    names = [path.parent.name for path in labs.glob("*/scenario.yml")]
    return sorted(names, key=lambda name: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)])


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
        close = _closest(name, names) or _closest(f"scenario-{name}", names)
        there = f"There are: {', '.join(names)}." if names else f"{labs} holds none."
        raise UsageError(f"There is no scenario {name!r}.", f"Did you mean {close}? {there}" if close else there)
    return labs / name


def load_scenario(folder: Path, roles: Path = ROLES) -> Scenario:
    """Load and validate ``scenario.yml`` in ``folder``; ``roles`` is where Ansible's roles lie.

    Raises:
        UsageError: the first mistake found: file, line, field, what was expected and what was found.
    """
    source = _Source(folder / "scenario.yml")
    file = source.convert(_File, source.data, "$")
    machines: dict[str, MachineSpec] = {}
    for name, data in file.machines.items():
        at = f"$.machines.{name}"
        source.require(bool(re.fullmatch(r"[a-z][a-z0-9]*", name)), at, "a name of lower-case letters and digits", name)
        source.require(name != HOST, at, "another name, as `host` is the host itself", name)
        kind = data.get("kind") if isinstance(data, dict) else None
        source.require(kind in _KINDS, f"{at}.kind", " or ".join(_KINDS), kind)
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
    _check_names(scenario, source)
    _check_machines(scenario, source, sorted(path.name for path in roles.iterdir()))
    _check_steps(scenario, source)
    _check_tasks(scenario, source)
    _check_breaks(scenario, source)
    return scenario


# What the types cannot say: that names can be used, and that files, roles and machines named exist.


def _check_names(scenario: Scenario, source: _Source) -> None:
    # The folder's name goes into the names of containers, volumes and domains.
    fit = bool(re.fullmatch(r"[a-z][a-z0-9-]*", scenario.name))
    source.require(fit, "$", "a folder's name of lower-case letters, digits and hyphens", scenario.name)
    source.require(scenario.lesson.is_file(), "$", "a lesson beside it", scenario.lesson.name)
    for index, claim in enumerate(scenario.claims):
        known = bool(re.fullmatch(r"V[1-5]|C[1-9]", claim))
        source.require(known, f"$.claims[{index}]", "a claim, V1 to V5 or C1 to C9", claim)


def _check_machines(scenario: Scenario, source: _Source, roles: list[str]) -> None:
    published: set[int] = set()
    for name, spec in scenario.machines.items():
        at = f"$.machines.{name}"
        for index, role in enumerate(spec.roles):
            source.require(role in roles, f"{at}.roles[{index}]", f"a role of {', '.join(roles)}", role)
        if isinstance(spec, VmSpec):
            by_it = "the role common among them: by it the host wakes a VM"
            source.require("common" in spec.roles, f"{at}.roles", by_it, ", ".join(spec.roles))
            continue
        for port in spec.ports:
            source.require(port not in published, f"{at}.ports.{port}", "a host port that no other publishes", port)
            published.add(port)
        for index, mount in enumerate(spec.mounts):
            _check_mount(mount, f"{at}.mounts[{index}]", scenario.folder, source)


def _check_mount(mount: Mount, at: str, folder: Path, source: _Source) -> None:
    source.require(mount.target.startswith("/"), f"{at}.target", "an absolute path", mount.target)
    source.require(mount.type == "volume" or not mount.keep, f"{at}.keep", "a volume, as only that is kept", mount.type)
    match mount.type:
        case "tmpfs":
            source.require(not mount.source, f"{at}.source", "no source for a tmpfs", mount.source)
        case "volume":
            fit = bool(re.fullmatch(r"[a-z0-9][a-z0-9_.-]*", mount.source))
            source.require(fit, f"{at}.source", "a volume's name, of lower-case letters and digits", mount.source)
        case "bind":
            there = bool(mount.source) and _found(folder, mount.source) is not None
            source.require(there, f"{at}.source", "an existing path in the scenario's folder", mount.source)


def _check_steps(scenario: Scenario, source: _Source) -> None:
    places = (HOST, *scenario.machines)
    seen: set[str] = set()
    for index, step in enumerate(scenario.steps):
        at = f"$.steps[{index}]"
        source.require(bool(re.fullmatch(r"[a-z][a-z0-9-]*", step.id)), f"{at}.id", "such as boot-id", step.id)
        source.require(step.id not in seen, f"{at}.id", "an id that no other step has", step.id)
        seen.add(step.id)
        for position, place in enumerate(step.on):
            source.require(place in places, f"{at}.on[{position}]", f"one of {', '.join(places)}", place)
            source.require(place not in step.on[:position], f"{at}.on[{position}]", "each place once", place)
        if step.predict and step.predict.answer:
            fits = step.predict.answer in step.predict.choices
            source.require(fits, f"{at}.predict.answer", "one of the choices", step.predict.answer)
        scripts = {"": step.script} if isinstance(step.script, str) else step.script
        if isinstance(step.script, dict):
            fits = set(step.script) == set(step.on)
            source.require(fits, f"{at}.script", f"a script each for {', '.join(step.on)}", ", ".join(step.script))
        for place, script in scripts.items():
            where = f"{at}.script" + (f".{place}" if place else "")
            found = _found(scenario.folder, script)
            there = found is not None and found.is_file()
            source.require(there, where, "an existing file in the scenario's folder", script)


def _check_tasks(scenario: Scenario, source: _Source) -> None:
    places = (HOST, *scenario.machines)
    seen: set[str] = set()
    for index, task in enumerate(scenario.tasks):
        at = f"$.tasks[{index}]"
        source.require(bool(re.fullmatch(r"[a-z][a-z0-9-]*", task.id)), f"{at}.id", "such as own-name", task.id)
        source.require(task.id not in seen, f"{at}.id", "an id that no other task has", task.id)
        seen.add(task.id)
        source.require(task.machine in places, f"{at}.machine", f"one of {', '.join(places)}", task.machine)
        there = _defines(scenario.folder, TASK_CHECKS, task.check)
        source.require(there, f"{at}.check", f"a function in {TASK_CHECKS}", task.check)
        for field in ("solution", "wrong"):
            script = getattr(task, field)
            found = _found(scenario.folder, script)
            there = found is not None and found.is_file()
            source.require(there, f"{at}.{field}", "an existing file in the scenario's folder", script)


def _check_breaks(scenario: Scenario, source: _Source) -> None:
    places = (HOST, *scenario.machines)
    for index, broken in enumerate(scenario.breaks):
        at = f"$.breaks[{index}]"
        source.require(broken.machine in places, f"{at}.machine", f"one of {', '.join(places)}", broken.machine)
        for position, check in enumerate(broken.checks):
            file, _, function = check.partition("::")
            there = _defines(scenario.folder, file, function)
            source.require(there, f"{at}.checks[{position}]", "a check, such as test_files.py::test_owner", check)


def _defines(folder: Path, path: str, function: str) -> bool:
    """Whether the file at ``path`` in ``folder`` holds a function of that name."""
    found = _found(folder, path)
    written = found.read_text(encoding="utf-8") if found is not None and found.is_file() else ""
    return re.search(rf"^def {re.escape(function)}\(", written, re.MULTILINE) is not None


def _found(folder: Path, path: str) -> Path | None:
    """What lies at ``path`` in ``folder``; None when nothing does, or when the path leads out of the folder."""
    found = (folder / path).resolve()
    return found if found.is_relative_to(folder.resolve()) and found.exists() else None


def _closest(name: str, names: list[str]) -> str:
    return next(iter(difflib.get_close_matches(name, names, 1)), "")


class _Source:
    """A YAML file that can tell on which line a field stands."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            # The base loader takes every scalar as text and the types decide: YAML 1.1 would read the key `on` as true.
            loader = yaml.CBaseLoader(path.read_text(encoding="utf-8"))
            root = loader.get_single_node()
            if not isinstance(root, yaml.MappingNode):
                raise self._error(1, "expected a mapping of fields")
            self.root = root
            self._refuse_duplicates(root)
            self.data = loader.construct_document(root)
        except FileNotFoundError as error:
            raise UsageError(f"{path} does not exist.", "A scenario's folder holds a scenario.yml.") from error
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise self._error(line, f"expected UTF-8 text, found the byte {error.object[error.start]:#04x}") from error
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise self._error(line, f"expected YAML, but {error.problem}") from error
        except yaml.YAMLError as error:
            raise self._error(1, f"expected YAML, but {' '.join(str(error).split())}") from error

    def convert(self, type_: type[T], data: Any, at: str) -> T:
        """``data``, which stands at the path ``at``, as a value of ``type_``."""
        try:
            return msgspec.convert(data, type_, strict=False)
        except msgspec.ValidationError as error:
            said, _, path = str(error).partition(" - at ")
            path = at + path.removeprefix("`key` in ").strip("`").removeprefix("$")
            raise self._translated(said, path, Mount if re.search(r"\.mounts\[\d+\]$", path) else type_) from error

    def require(self, holds: bool, at: str, expected: str, found: object) -> None:
        """Raise the mistake at the path ``at`` unless it holds."""
        if not holds:
            raise self._mistake(at, f"expected {expected}, found {'nothing' if found in (None, '') else repr(found)}")

    def _translated(self, said: str, at: str, type_: Any) -> UsageError:
        """Msgspec's words about the value at ``at`` in those of an author."""
        if field := _quoted(said, "Object contains unknown field"):
            known = type_.__struct_fields__
            close = _closest(field, list(known))
            hint = f"the closest is {close}" if close else f"there are {', '.join(known)}"
            return self._mistake(f"{at}.{field}", f"there is no such field; {hint}")
        if field := _quoted(said, "Object missing required field"):
            return self._mistake(f"{at}.{field}", "expected this field, found nothing")
        if said.startswith("Invalid enum value"):
            expected = ", ".join(get_args(MountType))
        else:
            words = said.partition(", got ")[0].removeprefix("Expected ")
            expected = re.sub(r"`([^`]+)`", lambda match: " or ".join(map(_term, match[1].split(" | "))), words)
        # For a value in a mapping msgspec says `[...]` instead of its key.
        found = "" if at.endswith("[...]") else f", found {_described(self._find(at)[0])}"
        return self._mistake(at.removesuffix("[...]"), f"expected {expected}{found}")

    def _mistake(self, at: str, said: str) -> UsageError:
        _, line = self._find(at)
        return self._error(line, f"{at.removeprefix('$').lstrip('.') or self.path.name}: {said}")

    def _error(self, line: int, said: str) -> UsageError:
        return UsageError(f"{self.path}:{line}: {said}.", "Correct it; the README's section on scenarios has examples.")

    def _find(self, at: str) -> tuple[yaml.Node, int]:
        """The node at the path, or the nearest one around it, and its line."""
        node: yaml.Node = self.root
        line = node.start_mark.line
        for part in re.findall(r"[^.\[\]]+", at.removeprefix("$")):
            if isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
                node = node.value[int(part)]
                line = node.start_mark.line
            elif isinstance(node, yaml.MappingNode):
                for key, value in node.value:
                    if key.value == part:
                        line, node = key.start_mark.line, value
                        break
        return node, int(line) + 1

    def _refuse_duplicates(self, root: yaml.Node) -> None:
        """YAML itself would keep the last of two fields and say nothing."""
        waiting, seen = [root], set()
        while waiting:
            node = waiting.pop()
            if id(node) in seen:  # an alias
                continue
            seen.add(id(node))
            if isinstance(node, yaml.SequenceNode):
                waiting += node.value
            elif isinstance(node, yaml.MappingNode):
                fields: set[str] = set()
                for key, value in node.value:
                    if not isinstance(key, yaml.ScalarNode):
                        raise self._error(key.start_mark.line + 1, "expected a field's name, found a list or a mapping")
                    if key.value in fields:
                        raise self._error(key.start_mark.line + 1, f"the field {key.value!r} is given twice")
                    fields.add(key.value)
                    waiting.append(value)


def _quoted(said: str, beginning: str) -> str:
    """What stands in back-quotes after ``beginning``; empty when ``said`` does not begin so."""
    return said.removeprefix(beginning).strip(" `") if said.startswith(beginning) else ""


def _described(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return repr(node.value) if node.value else "nothing"
    return "a mapping" if isinstance(node, yaml.MappingNode) else "a list"


def _term(name: str) -> str:
    """Msgspec's name of a type as an author would say it."""
    terms = {
        "str": "text",
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "array": "a list",
        "object": "a mapping",
    }
    return terms.get(name, name)
