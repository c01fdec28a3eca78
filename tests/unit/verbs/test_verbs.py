"""One verb, one file; what the tables say of a verb is what it says of itself."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from provisioning.settings import REPOSITORY
from provisioning.verbs import CLASS, IMAGES, VERBS, Verb, lab
from provisioning.verbs.classroom import class_
from provisioning.verbs.images import images

SHARED = {"__init__", "options"}
ALL = [
    *(pytest.param(lab, name, verb, id=name) for name, verb in VERBS.items()),
    *(pytest.param(images, name, verb, id=f"images {name}") for name, verb in IMAGES.items()),
    *(pytest.param(class_, name, verb, id=f"class {name}") for name, verb in CLASS.items()),
]
FILES = {"class": "classroom"}
"""Verbs whose files are called otherwise: Python keeps the word to itself."""


def own(table: Mapping[str, Verb], package: str) -> set[str]:
    """The verbs of a table that a package holds, by the names of their files."""
    modules = [verb.where.partition(":")[0].rpartition(".") for verb in table.values()]
    return {name for above, _, name in modules if above == package}


@pytest.mark.parametrize(
    ("table", "package"),
    [
        (VERBS, "provisioning.verbs"),
        (IMAGES, "provisioning.verbs.images"),
        (CLASS, "provisioning.verbs.classroom"),
    ],
)
def test_every_file_is_a_verb_of_the_table(table: Mapping[str, Verb], package: str) -> None:
    folder = REPOSITORY / Path(*package.split("."))
    files = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    assert files - SHARED == own(table, package)


@pytest.mark.parametrize(("group", "name", "verb"), ALL)
def test_table_file_and_help_agree(group: click.Group, name: str, verb: Verb) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.name == name
    if verb.where.startswith("provisioning.verbs."):
        assert verb.where.partition(":")[0].rpartition(".")[2] == FILES.get(name, name)
    told = command.help or ""
    first, _, rest = told.partition("\n\n")
    assert re.split(r"(?<=\.) ", " ".join(first.split()))[0] == verb.help
    words = f"{group.name} " if group is not lab else ""
    assert f"Example: python3 lab.py {words}{name}" in rest


def test_help_imports_no_verb() -> None:
    program = (
        "import sys\nfrom provisioning.verbs import lab\n"
        "lab(['--help'], standalone_mode=False)\n"
        "print([name for name in sys.modules if name.startswith('provisioning.')])"
    )
    argv = [sys.executable, "-c", program]
    done = subprocess.run(argv, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "['provisioning.verbs']"
    assert all(f"  {name} " in done.stdout for name in VERBS)


def test_help_needs_no_package_that_the_verb_alone_needs() -> None:
    program = (
        "import sys\nsys.modules['tornado'] = None\nfrom provisioning.verbs import lab\n"
        "lab(['open', '--help'], standalone_mode=False)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Example: python3 lab.py open" in done.stdout
