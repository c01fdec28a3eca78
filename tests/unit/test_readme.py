"""The texts for users and for authors tell all that there is, and nothing that there is not."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import pytest

import provisioning
from provisioning import streams
from provisioning.errors import LabError
from provisioning.lesson import verification
from provisioning.lesson.variables import DATA, EVERYWHERE, OF_A_MACHINE, ON_THE_HOST
from provisioning.scenario.load import File, find_scenarios, load_all
from provisioning.scenario.model import Break, ContainerSpec, Mount, Prediction, Step, Task, VmSpec
from provisioning.settings import REPOSITORY, VARIABLES
from provisioning.verbs import lab

USERS = (REPOSITORY / "README.md").read_text()
CONTRIBUTORS = (REPOSITORY / "provisioning" / "README.md").read_text()
AUTHORS = (REPOSITORY / "labs" / "README.md").read_text()
SEATS = (REPOSITORY / "provisioning" / "seats" / "README.md").read_text()
SOURCE = REPOSITORY / "provisioning"
OURS = {"LAB_CHILD_OF", "LAB_CHECK_TARGET", "LAB_VM_SETTINGS"}
"""Variables by which parts of the lab talk to each other: no user sets them, and no script reads them."""


def table(text: str, heading: str) -> list[list[str]]:
    """Return the cells of each row of the table under a heading of the second level."""
    assert text.count(f"\n## {heading}\n") == 1
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)] for row in rows[2:]]


def codes(cell: str) -> list[str]:
    """Return what stands in back-quotes."""
    return re.findall("`([^`]+)`", cell)


def column(text: str, heading: str) -> list[str]:
    """Return the one code, or else the text, of each first cell of a table."""
    return [cells[0].strip("`") for cells in table(text, heading)]


def verbs(group: click.Group, above: str = "") -> Iterator[tuple[str, set[str]]]:
    """Yield how each verb is called, and its options."""
    with click.Context(group) as context:
        for name in group.list_commands(context):
            verb = group.get_command(context, name)
            assert verb is not None
            if isinstance(verb, click.Group):
                yield from verbs(verb, f"{above}{name} ")
                continue
            arguments = [str(each.metavar) for each in verb.params if isinstance(each, click.Argument)]
            options = {each.opts[0] for each in verb.params if isinstance(each, click.Option)}
            yield " ".join((f"{above}{name}", *arguments)), options


def test_the_verbs_and_their_options() -> None:
    rows = [*table(USERS, "Verbs"), *table(SEATS, "Verbs")]
    told = {codes(usage)[0]: {each.split()[0] for each in codes(options)} for usage, _, options in rows}
    assert told == dict(verbs(lab))


def test_the_scenarios() -> None:
    assert column(USERS, "Scenarios") == find_scenarios(REPOSITORY / "labs")


def test_the_settings() -> None:
    assert sorted(column(USERS, "Settings")) == sorted(VARIABLES)


def test_the_exit_statuses() -> None:
    for module in pkgutil.walk_packages(provisioning.__path__, "provisioning."):
        if module.name != "provisioning.lesson.checks_plugin":  # it needs the pytest of a scenario's checks
            importlib.import_module(module.name)
    errors = [LabError]
    for each in errors:
        errors += each.__subclasses__()
    there = {each.exit_status for each in errors if each.__module__.startswith("provisioning.")}
    there |= {0, verification.RED, verification.MISTAKE, verification.INTERRUPTED, streams.UNREAD}
    assert list(map(int, column(USERS, "Exit status"))) == sorted(there)


def test_a_person_reads_the_readme_to_its_end() -> None:
    assert len(USERS.split()) < 1500


@pytest.mark.parametrize("folder", [".", "labs", "provisioning", "provisioning/seats", "benchmarks"])
def test_links_lead_somewhere(folder: str) -> None:
    file = REPOSITORY / folder / "README.md"
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", file.read_text())
    assert [link for link in links if "://" not in link and not (file.parent / link).exists()] == []


def fields(of: type[msgspec.Struct], at: str = "", **inside: type[msgspec.Struct]) -> Iterator[str]:
    """Yield the fields of a part of a scenario, and below them those of the parts ``inside``."""
    tag = of.__struct_config__.tag_field
    for name in ((tag,) if tag else ()) + of.__struct_fields__:
        yield at + name
        if name in inside:
            yield from fields(inside[name], f"{at}{name}.")


def test_the_fields_of_a_scenario() -> None:
    there = {
        *fields(File),
        *fields(VmSpec, "machines.vm."),
        *fields(ContainerSpec, "machines.container.", mounts=Mount),
        *fields(Step, "steps.", predict=Prediction),
        *fields(Task, "tasks."),
        *fields(Break, "breaks."),
    }
    lists = {"steps", "tasks", "breaks"}
    told = column(AUTHORS, "The fields of `scenario.yml`")
    assert sorted(told) == sorted(there - lists)


def strings(path: Path) -> Iterator[str]:
    """Yield the strings in a Python file, of formatted ones the fixed pieces."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_the_variables_of_scripts() -> None:
    told = {codes(name)[0]: (where, meaning) for name, where, meaning in table(AUTHORS, "Scripts")}
    there = {each.name: ("everywhere", each.meaning) for each in EVERYWHERE}
    there |= {each.name: ("host", each.meaning) for each in ON_THE_HOST}
    there |= {f"{each.name}<MACHINE>": ("host", each.meaning) for each in OF_A_MACHINE.values()}
    assert told == there | {DATA.name: ("host, in steps", DATA.meaning)}


def test_a_variable_means_one_thing() -> None:
    """Users set some, scripts find others, and by a few the parts of the lab talk to each other."""
    named = {text for path in SOURCE.rglob("*.py") for text in strings(path) if re.fullmatch("LAB_[A-Z_]+", text)}
    found = {each.name for each in (*EVERYWHERE, *ON_THE_HOST, *OF_A_MACHINE.values(), DATA)}
    assert named <= {*VARIABLES, *found, *OURS}
    assert found.isdisjoint(VARIABLES)
    assert OURS.isdisjoint({*VARIABLES, *found})


def test_scripts_use_no_other_variables() -> None:
    known = [each.name for each in (*EVERYWHERE, *ON_THE_HOST, DATA)] + ["LAB_VM_SETTINGS"]  # of the Vagrantfile
    of_machines = [f"{each.name}[A-Z0-9]*" for each in OF_A_MACHINE.values()]
    fit = re.compile("|".join([*known, *of_machines]))
    scripts = [path for path in (REPOSITORY / "labs").rglob("*") if path.suffix in (".sh", ".py", ".yml")]
    used = {(path, name) for path in scripts for name in re.findall(r"\bLAB_[A-Z0-9_]+", path.read_text())}
    assert [f"{path.relative_to(REPOSITORY)}: {name}" for path, name in sorted(used) if not fit.fullmatch(name)] == []


def test_the_fixtures_of_checks() -> None:
    plugin = ast.parse((SOURCE / "lesson" / "checks_plugin.py").read_text())
    functions = [node for node in plugin.body if isinstance(node, ast.FunctionDef)]
    there = [node.name for node in functions if any("fixture" in ast.unparse(each) for each in node.decorator_list)]
    assert sorted(column(AUTHORS, "Checks")) == sorted(there)


def test_the_claims_and_the_scenarios_that_own_them() -> None:
    owned = {
        (claim, scenario.name.rpartition("-")[2])
        for scenario in load_all(REPOSITORY / "labs")
        for claim in scenario.claims
    }
    told = {(codes(claim)[0], number) for claim, _, numbers in table(AUTHORS, "Claims") for number in numbers.split()}
    assert told == owned


def test_the_dependencies() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    packages = [*project["dependencies"], *project["optional-dependencies"]["page"]]
    there = [re.split("[<>=]", package)[0] for package in packages]
    told = [name for cell in column(CONTRIBUTORS, "Dependencies") for name in cell.lower().split(", ")]
    assert sorted(told) == sorted(there)


def test_a_decision_has_five_lines_at_most() -> None:
    decisions = CONTRIBUTORS.partition("\n## Decisions\n")[2].partition("\n## ")[0].strip().split("\n\n")
    assert [each for each in decisions if not each.startswith("**") or each.count("\n") >= 5] == []
