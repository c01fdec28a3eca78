"""The proof that checks can fail, with this computer as the only machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.deployment import Deployment
from provisioning.errors import MachineError
from provisioning.lesson.session import Session
from provisioning.progress import Quiet
from provisioning.scenario.model import Break, Scenario
from provisioning.settings import Settings

CHECKS = """
import pathlib

FILE = pathlib.Path({file!r})


def test_green():
    pass


def test_file():
    assert FILE.exists(), "The file is gone."


def test_content():
    assert FILE.read_text() == "full", "The file is empty."
"""


def unseen(tmp_path: Path, *breaks: Break) -> list[str]:
    """What is told of checks that were not seen failing."""
    folder, file = tmp_path / "scenario-7", tmp_path / "file"
    folder.mkdir()
    file.write_text("full")
    (folder / "test_it.py").write_text(CHECKS.format(file=str(file)))
    scenario = Scenario(
        name="scenario-7",
        folder=folder,
        title="",
        summary="",
        claims=(),
        machines={},
        steps=(),
        breaks=breaks,
    )
    settings = Settings(home=tmp_path, acceleration="tcg")

    class Mended(Deployment):
        """A deployment without machines, of which a reset mends the file."""

        def reset(self) -> bool:
            file.write_text("full")
            return False

    return Session(Mended(settings, scenario, Quiet()), Quiet()).prove_checks()


def test_a_check_that_stays_green_is_told(tmp_path: Path) -> None:
    file_is_gone = Break(machine="host", command='rm "$LAB_FOLDER/../file"', checks=("test_it.py::test_file",))
    assert unseen(tmp_path, file_is_gone) == [
        "test_it.py::test_green was not seen failing",
        "test_it.py::test_content was not seen failing",
    ]


def test_a_check_that_cannot_be_made_was_not_seen_failing(tmp_path: Path) -> None:
    of_file = ("test_it.py::test_file", "test_it.py::test_content")
    file_is_gone = Break(machine="host", command='rm "$LAB_FOLDER/../file"', checks=of_file)
    said = unseen(tmp_path, file_is_gone)
    assert len(said) == 2
    assert said[1].startswith("test_it.py::test_content was not seen failing: The check could not be made: ")


def test_each_break_shows_its_own(tmp_path: Path) -> None:
    empty = Break(machine="host", command=': >"$LAB_FOLDER/../file"', checks=("test_it.py::test_content",))
    gone = Break(machine="host", command='rm "$LAB_FOLDER/../file"', checks=("test_it.py::test_file",))
    assert unseen(tmp_path, empty, gone) == ["test_it.py::test_green was not seen failing"]


def test_what_one_break_broke_the_next_does_not_find(tmp_path: Path) -> None:
    gone = Break(machine="host", command='rm "$LAB_FOLDER/../file"', checks=("test_it.py::test_file",))
    nothing = Break(machine="host", command="true", checks=("test_it.py::test_content",))
    assert unseen(tmp_path, gone, nothing)[1:] == ["test_it.py::test_content was not seen failing"]


def test_a_check_is_seen_failing_in_each_world_that_names_it(tmp_path: Path) -> None:
    gone = Break(machine="host", command='rm "$LAB_FOLDER/../file"', checks=("test_it.py::test_file",))
    nothing = Break(machine="host", command="true", checks=("test_it.py::test_file",))
    assert unseen(tmp_path, gone, nothing)[2:] == ["test_it.py::test_file was not seen failing"]


def test_a_break_that_does_not_break_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="`exit 3` ended with status 3"):
        unseen(tmp_path, Break(machine="host", command="exit 3", checks=("test_it.py::test_file",)))
