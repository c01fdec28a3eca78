"""The examples in docstrings hold."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

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
