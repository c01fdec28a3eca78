"""What a seat tells is shown, and does nothing to the instructor's terminal."""

from __future__ import annotations

import time

import msgspec
import pytest

from provisioning.seats.classroom import HostStatus, SeatStatus, Stage
from provisioning.seats.grades import Grade, TaskGrade
from provisioning.seats.notices import Kept
from provisioning.seats.watch import STUCK, watched
from provisioning.seats.word import Word
from provisioning.show.classes import show_grades, show_hosts, show_seats, show_watched

SEAT = SeatStatus(
    seat="lab-seat01",
    number=1,
    learner="김민지",
    state="running",
    suspended="",
    scenarios=("scenario-3",),
    whole=True,
    stage=Stage.UP,
    current=False,
    memory=300 * 2**20,
    disk=1,
    processes=57,
)


def test_seats(capsys: pytest.CaptureFixture[str]) -> None:
    show_seats([SEAT])
    told = capsys.readouterr().out
    for word in ("lab-seat01", "김민지", "running", "scenario-3", "300 MiB", "57", "made from an older golden seat"):
        assert word in told
    show_seats([])
    assert "class up" in capsys.readouterr().out


def test_seats_and_how_far_their_learners_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    now = time.time()
    at = {"scenario": "scenario-3", "seen": 2, "steps": 5, "met": 1, "tasks": 3}
    word = Word(**at, at="\x1b[2Jx", window=now - 1, progressed=now - STUCK - 70)  # type: ignore[arg-type]
    show_watched([watched(SEAT, word, (), Kept(), now), watched(SEAT, None, (), Kept(), now)])
    told = capsys.readouterr().out
    for text in ("lab-seat01", "김민지", "stuck 11 min", "2 of 5", "1 of 3", "now", "never", "not opened yet"):
        assert text in told
    assert "\x1b[2J" not in told
    still = msgspec.structs.replace(SEAT, state="frozen", suspended="silence")
    show_watched([watched(still, None, (), Kept(), now)])
    told = capsys.readouterr().out
    assert "suspended" in told
    assert "nobody was active" in told
    show_watched([])
    assert "class up" in capsys.readouterr().out


def test_grades(capsys: pytest.CaptureFixture[str]) -> None:
    tasks = {"old": TaskGrade(met=True, first_met="1"), "new": TaskGrade()}
    grade = Grade(
        learner="Bo", seat="lab-seat02", scenario="scenario-3", checked="2", holding=21, checks=22, tasks=tasks
    )
    lost = Grade(learner="Cy", seat="lab-seat03", scenario="scenario-3", checked="2", failed="\x1b[2Jvm is not up.")
    show_grades([grade, lost])
    told = capsys.readouterr().out
    for word in ("21 of 22", "1 of 2", "old", "0 of 0", "vm is not up."):
        assert word in told
    assert "\x1b[2J" not in told
    show_grades([])
    assert "class check" in capsys.readouterr().out


def test_hosts(capsys: pytest.CaptureFixture[str]) -> None:
    scarce = "memory: a seat takes 1024 MiB, and 2500 MiB are free"
    show_hosts([HostStatus(host="srv", seats=("lab-seat01",), memory=2500, disk=51200, fit=2, scarce=scarce)])
    told = capsys.readouterr().out
    for word in ("srv", "2500 MiB", "50 GiB", "memory"):
        assert word in told
