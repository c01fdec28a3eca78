"""The whole scenario in labs/README.md, followed to the letter."""

from __future__ import annotations

import re
from pathlib import Path

from provisioning.settings import REPOSITORY
from tests.engine.conftest import lab, leftovers

FILE = re.compile(r"^`(scenario-99/[^`]+)`[^\n]*\n(?:[^\n`][^\n]*\n)*?\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VM = r"^  vm: .*\n|(?<=host, )vm, "
"""Matches what that scenario has of its VM."""


def write_scenario(folder: Path, without: str = "(?!)") -> None:
    """Write the scenario of labs/README.md to a folder; leave out what matches ``without``, a regular expression."""
    section = (REPOSITORY / "labs" / "README.md").read_text().partition("## A whole one")[2].partition("\n## ")[0]
    files = FILE.findall(section)
    assert len(files) == section.count("```") // 2
    for name, content in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(re.sub(without, "", content, flags=re.MULTILINE))


def test_the_scenario_of_the_readme_verifies_itself(tmp_path: Path) -> None:
    write_scenario(tmp_path)
    lab("down", "--all")
    done = lab("verify", "scenario-99", "--yes", env={"LAB_SCENARIOS": str(tmp_path)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert leftovers() == {}
