"""Imports run down the list of rooms that `provisioning/README.md` draws, and the tests mirror the rooms."""

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


UNIT = REPOSITORY / "tests" / "unit"
WHOLE = {"docs", "readme", "rooms", "start", "tables"}
"""What the tests of the whole house are called: of its texts, its rooms, how it starts, the tests' own table."""
TESTS = sorted(path.relative_to(UNIT) for path in UNIT.rglob("test_*.py"))


def names_of(folder: Path) -> set[str]:
    """Return what a test in a folder may be called after: the room's modules, and the room for its `__init__`."""
    modules = [path for path in (CODE / folder).iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    return {folder.name, *(path.stem for path in modules)} - {"", "__init__"}


@pytest.mark.parametrize("test", TESTS, ids=str)
def test_a_test_lies_in_the_room_that_it_tests(test: Path) -> None:
    """``lesson/test_checks_fail_closed.py`` tests ``lesson/checks.py``."""
    assert (CODE / test.parent / "__init__.py").is_file(), "no room is called so"
    name = test.stem.removeprefix("test_")
    names = names_of(test.parent) | (WHOLE if test.parent == Path() else set())
    assert any(name == each or name.startswith(f"{each}_") for each in names)


def test_no_folder_of_tests_is_without_a_room() -> None:
    folders = {path.parent.relative_to(UNIT) for path in UNIT.rglob("*.py")}
    assert [str(folder) for folder in sorted(folders) if not (CODE / folder).is_dir()] == []


def private(source: str) -> Iterator[str]:
    """Yield the private names of others that a test reads, imports or sets."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner not in ("self", "cls", "os"):
                names = [name]
            case ast.ImportFrom(names=imported):
                names = [each.name for each in imported]
            case ast.Call(func=ast.Attribute(attr="setattr" | "delattr"), args=arguments):
                names = [str(each.value).rpartition(".")[2] for each in arguments[:2] if isinstance(each, ast.Constant)]
            case _:
                continue
        yield from (name for name in names if re.match("_[a-z]", name))


@pytest.mark.parametrize("test", sorted((REPOSITORY / "tests").rglob("*.py")), ids=lambda path: str(path.name))
def test_no_test_reaches_for_private_names(test: Path) -> None:
    assert list(private(test.read_text())) == []
