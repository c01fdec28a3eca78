"""The examples in docstrings hold, and what the tests tell of themselves."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import provisioning
from provisioning.settings import REPOSITORY
from tests.conftest import KINDS

# The plugin can be imported in the pytest of a scenario's checks alone.
MODULES = [
    module.name
    for module in pkgutil.walk_packages(provisioning.__path__, "provisioning.")
    if module.name != "provisioning.lesson.checks_plugin"
]


@pytest.mark.parametrize("module", MODULES)
def test_examples_hold(module: str) -> None:
    assert doctest.testmod(importlib.import_module(module)).failed == 0


def test_the_table_of_what_was_tried_counts_tests_that_are_there() -> None:
    for beginning in (beginning for beginnings in KINDS.values() for beginning in beginnings):
        assert list((REPOSITORY / "tests").glob(f"{beginning}*")), beginning
