"""When a seat is to be suspended, and when its learner is warned."""

from __future__ import annotations

import pytest

from provisioning.seats.idle import GRACE, WARNING, Known, is_near, over, pause_of
from provisioning.seats.word import Pause

HOUR = 3600.0


@pytest.mark.parametrize(
    ("acted", "end", "patience", "pause"),
    [
        (0.0, 0.0, 0.0, None),
        (100.0, 0.0, HOUR, Pause(100.0 + HOUR, "silence")),
        (100.0, 200.0, HOUR, Pause(200.0 + GRACE, "over")),
        (100.0, 9 * HOUR, HOUR, Pause(100.0 + HOUR, "silence")),
        (100.0, 200.0, 0.0, Pause(200.0 + GRACE, "over")),
    ],
)
def test_what_comes_first_counts(acted: float, end: float, patience: float, pause: Pause | None) -> None:
    assert pause_of(Known(acted), end, patience) == pause


def test_an_end_that_a_seat_has_outlived_does_not_count_again() -> None:
    assert pause_of(Known(100.0, done=200.0), 200.0, HOUR) == Pause(100.0 + HOUR, "silence")
    assert pause_of(Known(100.0, done=200.0), 300.0, 0.0) == Pause(300.0 + GRACE, "over")


@pytest.mark.parametrize(
    ("why", "patience", "ahead"),
    [("silence", HOUR, WARNING), ("silence", 60.0, 30.0), ("over", 60.0, WARNING), ("over", 0.0, WARNING)],
)
def test_a_learner_is_warned_before(why: str, patience: float, ahead: float) -> None:
    pause = Pause(1000.0, why)  # type: ignore[arg-type]
    assert not is_near(pause, patience, 1000.0 - ahead - 1)
    assert is_near(pause, patience, 1000.0 - ahead)


def test_a_class_is_over_some_minutes_after_its_end() -> None:
    assert [over(100.0, now) for now in (100.0, 99.0 + GRACE, 100.0 + GRACE)] == [False, False, True]
    assert not over(0.0, 1e9)
