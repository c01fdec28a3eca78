"""What is kept of a scenario: by many processes at once, on a full disk, beside what cannot be read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from provisioning.lesson.results import FORMAT, Outcome, Results
from provisioning.settings import REPOSITORY

ADD = """
import sys
from pathlib import Path
from msgspec.structs import replace
from provisioning.lesson.results import Outcome, Results

folder, process = Path(sys.argv[1]), sys.argv[2]
for number in range(100):
    key = f"{process}-{number}"
    def change(kept: Outcome) -> Outcome:
        shared = kept.hints.get("shared", 0) + 1
        return replace(kept, hints={**kept.hints, key: 1, "shared": shared}, predictions={**kept.predictions, key: "a"})
    Results(folder).update("scenario-1", "t", change, print)
"""


def silent(line: str) -> None:
    raise AssertionError(line)


def test_many_processes_at_once(tmp_path: Path) -> None:
    """8 processes keep 100 hints and predictions each: all are there, and no process saw an error."""
    argv = [sys.executable, "-c", ADD, str(tmp_path / "kept")]
    processes = [
        subprocess.Popen([*argv, str(number)], cwd=REPOSITORY, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        for number in range(8)
    ]
    for process in processes:
        assert process.communicate() == (b"", b"")
    outcome = Results(tmp_path / "kept").load()
    assert outcome
    assert outcome.hints["shared"] == 800
    assert len(outcome.hints) == 801
    assert len(outcome.predictions) == 800
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["lock", "outcome.json"]


def test_a_process_that_is_killed_leaves_what_was_kept_whole(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", ADD, str(tmp_path), "a"]
    for _ in range(5):
        process = subprocess.Popen(argv, cwd=REPOSITORY)
        while not (tmp_path / "outcome.json").exists():
            assert process.poll() is None
        process.kill()
        process.wait()
        assert Results(tmp_path).load()
    Results(tmp_path).update("scenario-1", "t", lambda kept: replace(kept, hints={"b": 1}), silent)


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """A real one, of 64 KiB in memory."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], check=True)
    try:
        results = Results(tmp_path / "kept")
        results.update("scenario-1", "t", lambda kept: replace(kept, hints={"a": 1}), silent)
        with pytest.raises(OSError, match="No space left"):
            results.update("scenario-1", "t", lambda kept: replace(kept, predictions={"a": "x" * 200_000}), silent)
        assert results.load() == Outcome(scenario="scenario-1", title="t", hints={"a": 1})
        assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["lock", "outcome.json"]
        results.update("scenario-1", "t", lambda kept: replace(kept, hints={"a": 2}), silent)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"scenario":"scenario-1","title":"t","hints":{"a"',
        b"[]",
        b'{"scenario":1,"title":"t"}',
        b'{"scenario":"scenario-1"}',
        b'{"scenario":"\xff","title":"t"}',
        b"[" * 100_000,
        msgspec.json.encode(Outcome(scenario="scenario-1", title="t", format=FORMAT + 1)),
    ],
    ids=["empty", "cut", "cut later", "list", "type", "field", "bytes", "deep", "newer"],
)
def test_what_cannot_be_read_is_moved_aside(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "outcome.json").write_bytes(data)
    (tmp_path / "outcome-1.bad").write_bytes(b"an earlier one")
    results, said = Results(tmp_path), list[str]()
    assert results.load() is None
    results.update("scenario-1", "t", lambda kept: replace(kept, hints={"a": 1}), said.append)
    assert results.load() == Outcome(scenario="scenario-1", title="t", hints={"a": 1})
    assert (tmp_path / "outcome-2.bad").read_bytes() == data
    assert (tmp_path / "outcome-1.bad").read_bytes() == b"an earlier one"
    assert len(said) == 1
    assert "outcome-2.bad" in said[0]


def test_results_of_an_older_version_are_read_and_kept_in_the_new_format(tmp_path: Path) -> None:
    (tmp_path / "outcome.json").write_bytes(b'{"scenario":"scenario-1","title":"t","format":1,"hints":{"a":1}}')
    results = Results(tmp_path)
    assert results.load() == Outcome(scenario="scenario-1", title="t", format=1, hints={"a": 1})
    results.update("scenario-1", "t", lambda kept: replace(kept, solutions=("a",)), silent)
    assert results.load() == Outcome(scenario="scenario-1", title="t", format=FORMAT, hints={"a": 1}, solutions=("a",))


def test_fields_of_tomorrow_are_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "outcome.json").write_bytes(b'{"scenario":"scenario-1","title":"t","seats":4}')
    assert Results(tmp_path).load() == Outcome(scenario="scenario-1", title="t")


def test_results_are_this_users_alone(tmp_path: Path) -> None:
    results = Results(tmp_path / "kept")
    results.update("scenario-1", "t", lambda kept: kept, silent)
    assert results.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in results.folder.iterdir()} == {0o600}
