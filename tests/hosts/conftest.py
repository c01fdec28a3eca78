"""The trials of hosts take minutes and need Docker with all that a host in a container asks of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.settings import REPOSITORY

BEGIN = "test_both_hosts_are_tried"
"""The test that begins the trials."""
REPORT = pytest.StashKey[list[str]]()
"""What the trials took, to be told at the end."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if lines := config.stash.get(REPORT, []):
        terminalreporter.section("fresh hosts")
        for line in lines:
            terminalreporter.line(line)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what waits for the trials last, and what begins them before the tests that ask neither engines nor a browser.

    Those tests wait half of their time, and disturb nobody.
    """
    here = Path(__file__).parent
    ours = [item for item in items if here in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.host)
    beside = [item for item in items if item.path.is_relative_to(here.parent / "unit")]
    others = [item for item in items if item not in {*ours, *beside}]
    begin = [item for item in ours if item.name == BEGIN]
    items[:] = [*others, *begin, *beside, *(item for item in ours if item not in begin)]


@pytest.fixture(scope="session", autouse=True)
def engines() -> None:
    """Docker runs here, and mmdebstrap is installed."""
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "lab.py"), "setup", "--yes"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
