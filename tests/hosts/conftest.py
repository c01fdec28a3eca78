"""The trials of hosts take minutes and need Docker with all that a host in a container asks of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.settings import REPOSITORY

REPORT = pytest.StashKey[list[str]]()
"""What the trials took, to be told at the end."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if lines := config.stash.get(REPORT, []):
        terminalreporter.section("fresh hosts")
        for line in lines:
            terminalreporter.line(line)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.host)


@pytest.fixture(scope="session", autouse=True)
def engines() -> None:
    """Docker runs here, and mmdebstrap is installed."""
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "lab.py"), "setup", "--yes"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
