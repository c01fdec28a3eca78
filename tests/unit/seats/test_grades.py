"""Grades: what was once seen met stays seen, what could not be checked is not met, and no cell is a formula."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from provisioning.lesson.checks import Verdict
from provisioning.seats.check import Checked
from provisioning.seats.grades import COLUMNS, Book, Grade, as_csv, merged


def verdict(passed: bool) -> Verdict:
    return Verdict(check="test_a.py::test_b", title="", machines=(), passed=passed, message="", seconds=0)


def found(*, met: bool, hints: int = 0, green: bool = True) -> Checked:
    return Checked(
        scenario="scenario-3",
        verdicts=(verdict(green),),
        tasks={"t": verdict(met)},
        hints={"t": hints} if hints else {},
    )


def grade(before: Grade | None, checked: Checked, now: str) -> Grade:
    return merged(before, "Ada", "lab-seat01", checked, now)


def test_the_first_time_stays() -> None:
    first = grade(None, found(met=False), "1")
    second = grade(first, found(met=True, hints=2), "2")
    third = grade(second, found(met=True), "3")
    after_reset = grade(third, found(met=False), "4")
    assert [each.tasks["t"].first_met for each in (first, second, third, after_reset)] == ["", "2", "2", "2"]
    assert [each.tasks["t"].met for each in (first, second, third, after_reset)] == [False, True, True, False]
    assert after_reset.tasks["t"].hints == 2


def test_what_could_not_be_checked_is_not_met() -> None:
    met = grade(None, found(met=True), "1")
    lost = grade(met, Checked(scenario="scenario-3", failed="vm is not up."), "2")
    assert (lost.holding, lost.checks, lost.failed) == (0, 0, "vm is not up.")
    assert (lost.tasks["t"].met, lost.tasks["t"].first_met) == (False, "1")


def test_green_needs_checks() -> None:
    assert found(met=False).green
    assert not found(met=True, green=False).green
    assert not Checked(scenario="scenario-3").green


def test_a_table_for_spreadsheets() -> None:
    told = as_csv(
        [merged(None, '=HYPERLINK("x")', "lab-seat01", found(met=True), "1"), grade(None, found(met=False), "1")]
    )
    rows = list(csv.reader(io.StringIO(told)))
    assert rows[0] == list(COLUMNS)
    assert [row[0] for row in rows[1:]] == ['\'=HYPERLINK("x")', "Ada"]
    assert [row[4] for row in rows[1:]] == ["yes", "no"]


def test_the_book_outlives_the_seats(tmp_path: Path) -> None:
    Book(tmp_path / "class").enter("Ada", "lab-seat01", [found(met=True)], "1")
    Book(tmp_path / "class").enter("", "lab-seat02", [found(met=False)], "1")
    Book(tmp_path / "class").enter("Ada", "lab-seat07", [found(met=False)], "2")
    kept = Book(tmp_path / "class").read()
    assert [(each.learner, each.seat, each.tasks["t"].first_met) for each in kept] == [
        ("", "lab-seat02", ""),
        ("Ada", "lab-seat07", "1"),
    ]
    assert (tmp_path / "class").stat().st_mode & 0o077 == 0
