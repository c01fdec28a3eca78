"""Verbs that need no engine."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.settings import REPOSITORY


def test_list_shows_the_others_beside_a_broken_one(tmp_path: Path) -> None:
    for name in ("scenario-1", "scenario-3"):
        shutil.copytree(REPOSITORY / "labs" / name, tmp_path / name)
    file = tmp_path / "scenario-1" / "scenario.yml"
    file.write_text(file.read_text().replace("title:", "tile:", 1))
    argv = [sys.executable, "-m", "provisioning", "list", "--lang", "en"]
    env = {"LAB_SCENARIOS": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(argv, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == "scenario-3  One kernel or two\n"
    assert "scenario-1/scenario.yml:1: tile: there is no such field" in done.stderr


def test_a_scenario_that_is_not_there_is_not_built_in_silence() -> None:
    argv = [sys.executable, "-m", "provisioning", "images", "build", "scenario-33"]
    done = subprocess.run(argv, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Did you mean scenario-3?" in done.stderr


def lab(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "provisioning", *arguments]
    env = {"PATH": "/usr/bin:/bin", **environment}
    return subprocess.run(argv, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "verb",
    [
        ["list"],
        ["lesson", "scenario-3"],
        ["run", "scenario-3"],
        ["check", "scenario-3"],
        ["hint", "scenario-3", "host-number"],
        ["report"],
    ],
)
def test_a_language_that_there_is_not_is_a_mistake_in_the_command(verb: list[str]) -> None:
    done = lab(*verb, "--lang", "xx", LANG="ko_KR.UTF-8")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "✘ There is no language 'xx'.\n  There are: en, ko.\n"


@pytest.mark.parametrize("what", ["nothing", "a file", "an empty folder"])
@pytest.mark.parametrize(
    "verb",
    [
        ["list"],
        ["lesson", "scenario-3"],
        ["up", "scenario-3"],
        ["down", "scenario-3"],
        ["report"],
        ["images", "list"],
        ["images", "build", "scenario-3"],
        ["verify", "--all"],
    ],
)
def test_a_folder_without_scenarios_is_told(verb: list[str], what: str, tmp_path: Path) -> None:
    labs = tmp_path / "labs"
    if what == "a file":
        labs.touch()
    elif what == "an empty folder":
        labs.mkdir()
    done = lab(*verb, LAB_SCENARIOS=str(labs), LAB_HOME=str(tmp_path / "home"), LAB_NAME="none")
    assert (done.returncode, done.stdout) == (2, "")
    assert str(labs) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistake_in_a_translation_is_that_of_one_scenario(tmp_path: Path) -> None:
    for name in ("scenario-1", "scenario-3"):
        shutil.copytree(REPOSITORY / "labs" / name, tmp_path / name)
    (tmp_path / "scenario-1" / "ko.yml").write_text("- a\n")
    (tmp_path / "empty").mkdir()
    done = lab("list", "--lang", "ko", LAB_SCENARIOS=str(tmp_path))
    assert done.returncode == 2
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["scenario-3"]
    assert "scenario-1/ko.yml:1: expected a mapping of fields" in done.stderr


def test_a_broken_scenario_does_not_take_the_report_of_another_along(tmp_path: Path) -> None:
    labs, environment = tmp_path / "labs", {"LAB_HOME": str(tmp_path / "home"), "LAB_NAME": "none"}
    for name in ("scenario-1", "scenario-3"):
        shutil.copytree(REPOSITORY / "labs" / name, labs / name)
    (labs / "scenario-1" / "scenario.yml").write_text("a: b\n")
    page = tmp_path / "report.html"
    arguments = ["report", "--lang", "en", "--output", str(page)]
    opened = lab("hint", "scenario-3", "host-number", LAB_SCENARIOS=str(labs), **environment)
    assert opened.returncode == 0, opened.stderr
    done = lab(*arguments, LAB_SCENARIOS=str(labs), **environment)
    assert done.returncode == 2
    assert "scenario-1/scenario.yml:1: a: there is no such field" in done.stderr
    assert "One kernel or two" in page.read_text()
    done = lab(*arguments, "scenario-1", LAB_SCENARIOS=str(labs), **environment)
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize("minutes", ["nan", "inf", "-1", "soon"])
def test_a_silence_that_is_no_number_of_minutes_is_told(minutes: str, tmp_path: Path) -> None:
    done = lab("class", "serve", "--idle", minutes, LAB_HOME=str(tmp_path / "home"), LAB_NAME="none")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--idle" in done.stderr
    assert "Traceback" not in done.stderr
