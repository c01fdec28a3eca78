"""The examples in docstrings hold, and what docstrings refer to is there."""

from __future__ import annotations

import ast
import doctest
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import provisioning

# The plugin can be imported in the pytest of a scenario's checks alone.
MODULES = [
    module.name
    for module in pkgutil.walk_packages(provisioning.__path__, "provisioning.")
    if module.name != "provisioning.lesson.checks_plugin"
]


@pytest.mark.parametrize("module", MODULES)
def test_examples_hold(module: str) -> None:
    assert doctest.testmod(importlib.import_module(module)).failed == 0


def is_there(path: str) -> bool:
    """Return True if a module, or what it holds, has this name: ``provisioning.lock.locked``."""
    module = next((name for name in sorted(MODULES, key=len, reverse=True) if f"{path}.".startswith(f"{name}.")), "")
    found: object = importlib.import_module(module) if module else None
    for name in path.removeprefix(module).split(".")[1:]:
        if name in getattr(found, "__annotations__", {}):
            return True
        found = getattr(found, name, None)
    return found is not None


def named(module: ast.Module) -> Iterator[str]:
    """Yield the names that a module defines, imports or uses."""
    for node in ast.walk(module):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.alias(name=name) | ast.Name(id=name):
                yield name
            case ast.Attribute(attr=name):
                yield name


@pytest.mark.parametrize("module", MODULES)
def test_what_docstrings_refer_to_is_there(module: str) -> None:
    source = Path(str(importlib.import_module(module).__file__)).read_text()
    paths = re.findall(r":(?:func|data|class|meth|attr|mod):`([\w.]+)`", source)
    assert [path for path in paths if path.startswith("provisioning.") and not is_there(path)] == []
    bare = {path.rpartition(".")[2] for path in paths if not path.startswith("provisioning.")}
    assert bare <= set(named(ast.parse(source)))
