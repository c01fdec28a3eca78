"""Who needs help first."""

from __future__ import annotations

import msgspec
import pytest

from provisioning.seats.classroom import SeatStatus, Stage, Suspended
from provisioning.seats.grades import Grade, TaskGrade
from provisioning.seats.notices import Kept
from provisioning.seats.watch import AWAY, STUCK, Checked, Need, by_need, need_of, watched
from provisioning.seats.word import Message, Word

NOW = 10_000.0


def status(number: int = 1, state: str = "running", whole: bool = True, suspended: Suspended = "") -> SeatStatus:
    return SeatStatus(
        seat=f"lab-seat{number:02}",
        number=number,
        learner="Bo",
        state=state,
        suspended=suspended,
        scenarios=("scenario-3",),
        whole=whole,
        stage=Stage.UP,
        current=True,
        memory=1,
        disk=1,
        processes=1,
    )


def word(**values: object) -> Word:
    usual = {"scenario": "scenario-3", "at": "boot-id", "steps": 5, "window": NOW - 1, "progressed": NOW - 60}
    return Word(**{**usual, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("need", "said"),
    [
        ("silent", None),
        ("silent", Word()),
        ("waves", Word(raised=NOW)),
        ("works", word()),
        ("works", word(progressed=NOW - STUCK)),
        ("stuck", word(progressed=NOW - STUCK - 1)),
        ("away", word(window=NOW - AWAY - 1, progressed=NOW - STUCK - 1)),
        ("finished", word(at="", window=NOW - AWAY - 1)),
        ("works", word(scenario="", at="", progressed=0.0)),
        ("waves", word(at="", raised=NOW - 1)),
    ],
)
def test_how_a_seat_stands(need: Need, said: Word | None) -> None:
    assert need_of(status(), said, NOW) == need


@pytest.mark.parametrize("broken", [status(state="stopped"), status(whole=False)])
def test_a_seat_that_does_not_run_needs_its_instructor(broken: SeatStatus) -> None:
    assert need_of(broken, word(raised=1.0), NOW) == "down"


def test_a_suspended_seat_needs_nobody_unless_it_was_made_by_half() -> None:
    still = status(state="frozen", suspended="over")
    assert need_of(still, None, NOW) == "suspended"
    assert need_of(msgspec.structs.replace(still, whole=False), None, NOW) == "down"


def test_who_needs_help_comes_first() -> None:
    words = {
        1: word(),
        2: word(progressed=NOW - STUCK - 100),
        3: word(raised=NOW - 5),
        4: word(raised=NOW - 50),
        5: word(progressed=NOW - STUCK - 900),
        6: None,
        7: word(at=""),
        8: word(),
    }
    seats = [watched(status(number), said, (), Kept(), NOW) for number, said in words.items()]
    seats.append(watched(status(9, "stopped"), None, (), Kept(), NOW))
    assert [seat.number for seat in by_need(seats)] == [4, 3, 9, 5, 2, 1, 8, 6, 7]


def test_what_is_known_from_outside_stands_apart_from_what_the_seat_says() -> None:
    boast = word(met=3, tasks=3, at="")
    tasks = {"a": TaskGrade(met=True), "b": TaskGrade()}
    grade = Grade(learner="Bo", seat="lab-seat01", scenario="scenario-3", checked="1", holding=4, checks=5, tasks=tasks)
    kept = Kept(end=NOW + 60, messages={"lab-seat01": Message("hello", 1.0), "lab-seat02": Message("other", 1.0)})
    seat = watched(status(), boast, [grade], kept, NOW)
    assert seat.word == boast
    assert seat.checked == (Checked("scenario-3", 1, 2, 4, 5, "1", ""),)
    assert (seat.message, seat.end) == (Message("hello", 1.0), NOW + 60)
    assert watched(status(), word(progressed=NOW - 90), (), kept, NOW).idle == 90
    assert watched(status(), word(progressed=NOW - 90, window=1.0), (), kept, NOW).idle == 0
