"""Every lab verifies itself: up, run, check, each task proven, down. A folder under `labs/` is enough to be in here."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.scenario import find_scenarios
from provisioning.settings import REPOSITORY
from tests.engine.conftest import lab, leftovers


@pytest.mark.parametrize("scenario", find_scenarios(REPOSITORY / "labs"))
def test_it_verifies_itself(scenario: str, tmp_path: Path) -> None:
    lab("down", "--all")
    done = lab("verify", scenario, "--yes", "--junit", str(tmp_path), timeout=1500)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / f"{scenario}.xml").is_file()
    assert leftovers() == {}
