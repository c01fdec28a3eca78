"""Hold a scenario against the rules that types cannot say: names are valid, and files, roles and machines exist."""

from __future__ import annotations

import re
from collections.abc import Sequence

from provisioning import names
from provisioning.names import BAKERY, LONGEST_ID, LONGEST_SCENARIO
from provisioning.scenario.contents import Contents, unrunnable
from provisioning.scenario.model import HOST, TASK_CHECKS, Mount, Scenario, VmSpec
from provisioning.scenario.source import (
    Source,
    read_words,
)

KERNELS = ("/proc", "/sys", "/dev")
"""Where a container sees its kernel, so that nothing may be mounted."""


def check_names(scenario: Scenario, source: Source) -> None:
    """Hold the names of the scenario itself, its lesson and its claims against the rules."""
    # The folder's name goes into the names of containers, volumes and domains.
    fit = bool(names.SCENARIO.fullmatch(scenario.name))
    words = "a folder's name of lower-case letters, digits and hyphens between them"
    source.require(fit, "$", words, scenario.name)
    fit = len(scenario.name) <= LONGEST_SCENARIO
    source.require(fit, "$", f"a folder's name of at most {LONGEST_SCENARIO} letters", scenario.name)
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


def check_machines(scenario: Scenario, source: Source, contents: Contents, roles: list[str]) -> None:
    """Hold the machines against the rules."""
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


def _check_mount(mount: Mount, at: str, contents: Contents, source: Source) -> None:
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
            fit = bool(names.VOLUME.fullmatch(mount.source)) and len(mount.source) <= LONGEST_ID
            words = f"a volume's name, of lower-case letters and digits, {LONGEST_ID} at most"
            source.require(fit, f"{at}.source", words, mount.source)
        case "bind":
            contents.require(mount.source, f"{at}.source", "an existing path", ("a file", "a folder"))


def _check_id(given: str, at: str, example: str, kind: str, seen: set[str], source: Source) -> None:
    source.require(bool(names.ID.fullmatch(given)), at, f"such as {example}", given)
    source.require(len(given) <= LONGEST_ID, at, f"an id of at most {LONGEST_ID} letters", given)
    source.require(given not in seen, at, f"an id that no other {kind} has", given)
    seen.add(given)


def check_steps(scenario: Scenario, source: Source, contents: Contents) -> None:
    """Hold the steps, and their scripts, against the rules."""
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


def check_tasks(scenario: Scenario, source: Source, contents: Contents) -> None:
    """Hold the tasks, their checks and their scripts against the rules."""
    places = (HOST, *scenario.machines)
    seen: set[str] = set()
    for index, task in enumerate(scenario.tasks):
        at = f"$.tasks[{index}]"
        _check_id(task.id, f"{at}.id", "own-name", "task", seen, source)
        source.require(task.machine in places, f"{at}.machine", f"one of {', '.join(places)}", task.machine)
        there = contents.defines(TASK_CHECKS, task.check)
        source.require(there, f"{at}.check", f"a function in {TASK_CHECKS} that begins with test_", task.check)
        contents.require_script(task.solution, f"{at}.solution")
        two = "two wrong attempts at least, a plausible one and the lazy one that only does what the check looks at"
        source.require(len(task.wrong) >= 2, f"{at}.wrong", two, ", ".join(task.wrong))
        _check_once(task.wrong, f"{at}.wrong", "each attempt once", source)
        for position, script in enumerate(task.wrong):
            contents.require_script(script, f"{at}.wrong[{position}]")


def check_breaks(scenario: Scenario, source: Source, contents: Contents) -> None:
    """Hold the breaks against the rules: each names checks that there are."""
    places = (HOST, *scenario.machines)
    for index, broken in enumerate(scenario.breaks):
        at = f"$.breaks[{index}]"
        source.require(broken.machine in places, f"{at}.machine", f"one of {', '.join(places)}", broken.machine)
        if wrong := unrunnable(broken.command):
            raise source.mistake(f"{at}.command", wrong)
        for position, check in enumerate(broken.checks):
            file, _, function = check.partition("::")
            there = re.fullmatch(r"test_.*\.py", file.rpartition("/")[2]) and contents.defines(file, function)
            source.require(bool(there), f"{at}.checks[{position}]", "a check, such as test_files.py::test_owner", check)
        _check_once(broken.checks, f"{at}.checks", "each check once", source)
