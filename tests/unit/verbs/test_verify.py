"""The verb that verifies, where no engine is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.settings import REPOSITORY
from tests.unit.suites import parsed


def lab(labs: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    env = {"LAB_SCENARIOS": str(labs), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "provisioning", "verify", *argv]
    return subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False)


def test_broken_scenarios_have_verdicts_in_json_and_junit(tmp_path: Path) -> None:
    for name in ("s-1", "s-2"):
        (tmp_path / "labs" / name).mkdir(parents=True)
        (tmp_path / "labs" / name / "scenario.yml").write_text("tile: x\n")
    done = lab(tmp_path / "labs", "--all", "--json", "--junit", str(tmp_path / "made" / "reports"))
    assert done.returncode == 2
    assert [(each["scenario"], each["status"]) for each in json.loads(done.stdout)] == [("s-1", 2), ("s-2", 2)]
    for name in ("s-1", "s-2"):
        suite = parsed(tmp_path / "made" / "reports" / f"{name}.xml")
        assert "scenario.yml:1: " in str(suite.findtext("testcase/error"))
        assert f"{name}/scenario.yml:1: " in done.stderr


@pytest.mark.parametrize("name", [b"\xff", b"a\nb", b"a\x1b[2Jb", b"-rf", "\u202eb".encode()])
def test_a_folder_of_whatever_name_has_a_verdict_and_those_beside_it(tmp_path: Path, name: bytes) -> None:
    for each in (name, b"s-1"):
        folder = Path(os.fsdecode(bytes(tmp_path) + b"/labs/" + each))
        folder.mkdir(parents=True)
        (folder / "scenario.yml").write_text("tile: x\n")
    reports = tmp_path / "reports"
    done = lab(tmp_path / "labs", "--all", "--json", "--junit", str(reports))
    assert [each["status"] for each in json.loads(done.stdout)] == [2, 2], done.stderr
    assert done.returncode == 2
    assert len([parsed(report) for report in reports.iterdir()]) == 2
    done = lab(tmp_path / "labs", "--all")
    assert done.returncode == 2
    assert len(done.stdout.splitlines()) == 2
    assert done.stdout.replace("\n", "").isprintable()


def test_an_error_in_json_may_name_any_file(tmp_path: Path) -> None:
    (tmp_path / "s-1").mkdir()
    (tmp_path / "s-1" / "scenario.yml").write_text("tile: x\n")
    done = lab(tmp_path, "--all", "--json", "--junit", "/proc/\udcff")
    assert done.returncode == 3, done.stderr
    assert "/proc/\\udcff" in json.loads(done.stdout)["error"]["what"]


@pytest.mark.parametrize(
    ("argv", "status", "told"),
    [
        (("--all",), 2, "There is no scenario in "),
        (("scenario-1",), 2, "There is no scenario 'scenario-1'."),
        ((), 2, "Say what to verify."),
        (("--all", "--junit", "/proc/none"), 2, "There is no scenario in "),
    ],
)
def test_where_there_is_nothing_to_verify_it_is_told(
    tmp_path: Path, argv: tuple[str, ...], status: int, told: str
) -> None:
    done = lab(tmp_path, *argv)
    assert (done.returncode, done.stdout) == (status, "")
    assert told in done.stderr


def test_a_report_folder_that_cannot_be_made_is_told_first(tmp_path: Path) -> None:
    (tmp_path / "s-1").mkdir()
    (tmp_path / "s-1" / "scenario.yml").write_text("tile: x\n")
    done = lab(tmp_path, "--all", "--junit", "/proc/none")
    assert (done.returncode, done.stdout) == (3, "")
    assert "The report cannot be written to /proc/none" in done.stderr
