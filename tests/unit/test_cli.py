"""Verbs that need no engine."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from provisioning.settings import REPOSITORY


def test_list_shows_the_others_beside_a_broken_one(tmp_path: Path) -> None:
    for name in ("scenario-1", "scenario-3"):
        shutil.copytree(REPOSITORY / "labs" / name, tmp_path / name)
    file = tmp_path / "scenario-1" / "scenario.yml"
    file.write_text(file.read_text().replace("title:", "tile:", 1))
    argv = [sys.executable, "-m", "provisioning.cli", "list", "--lang", "en"]
    env = {"LAB_SCENARIOS": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(argv, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == "scenario-3  One kernel or two\n"
    assert "scenario-1/scenario.yml:1: tile: there is no such field" in done.stderr


def test_a_scenario_that_is_not_there_is_not_built_in_silence() -> None:
    argv = [sys.executable, "-m", "provisioning.cli", "images", "build", "scenario-33"]
    done = subprocess.run(argv, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Did you mean scenario-3?" in done.stderr
