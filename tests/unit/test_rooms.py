"""Imports run down the list of rooms that `provisioning/README.md` draws."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.settings import REPOSITORY

CODE = REPOSITORY / "provisioning"
DRAWN = re.search(r"^## Rooms$.*?^```text$\n(.*?)^```$", (CODE / "README.md").read_text(), re.MULTILINE | re.DOTALL)
ROOMS = [line.split()[0].removesuffix("/").removesuffix(".py") for line in DRAWN[1].splitlines()] if DRAWN else []
FILES = sorted(path.relative_to(CODE) for path in CODE.rglob("*.py") if path != CODE / "__init__.py")


def room(file: Path) -> str:
    return file.parts[0].removesuffix(".py")


def imported(source: str) -> Iterator[tuple[int, str]]:
    """The rooms that a module imports from, with the lines; also those for types alone, and those in functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "an import tells the whole path"
            modules = [f"{node.module}.{each.name}" for each in node.names]
        elif isinstance(node, ast.Import):
            modules = [each.name for each in node.names]
        else:
            continue
        for module in modules:
            if module.startswith("provisioning."):
                yield node.lineno, module.split(".")[1]


def test_every_file_has_its_room() -> None:
    assert {room(file) for file in FILES} <= set(ROOMS)
    assert len(ROOMS) == len(set(ROOMS))


@pytest.mark.parametrize("file", FILES, ids=str)
def test_imports_run_down_the_list(file: Path) -> None:
    here = ROOMS.index(room(file))
    upwards = [
        f"{file}:{line} imports {name}"
        for line, name in imported((CODE / file).read_text())
        if ROOMS.index(name) < here
    ]
    assert not upwards
