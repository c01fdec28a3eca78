"""Grades: what was once seen met stays seen, what could not be checked is not met, and no cell is a formula."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import msgspec

from provisioning.lesson.checks import Verdict
from provisioning.seats.check import Checked
from provisioning.seats.grades import COLUMNS, Book, Grade, as_csv, merged


def verdict(passed: bool) -> Verdict:
    return Verdict(check="test_a.py::test_b", title="", machines=(), passed=passed, message="", seconds=0)


def found(*, met: bool, hints: int = 0, shown: bool = False, green: bool = True) -> Checked:
    return Checked(
        scenario="scenario-3",
        verdicts=(verdict(green),),
        tasks={"t": verdict(met)},
        hints={"t": hints} if hints else {},
        solutions=("t",) if shown else (),
    )


def grade(before: Grade | None, checked: Checked, now: str) -> Grade:
    return merged(before, "Ada", "lab-seat01", checked, now)


def test_the_first_time_stays() -> None:
    first = grade(None, found(met=False), "1")
    second = grade(first, found(met=True, hints=2, shown=True), "2")
    third = grade(second, found(met=True), "3")
    after_reset = grade(third, found(met=False), "4")
    assert [each.tasks["t"].first_met for each in (first, second, third, after_reset)] == ["", "2", "2", "2"]
    assert [each.tasks["t"].met for each in (first, second, third, after_reset)] == [False, True, True, False]
    assert after_reset.tasks["t"].hints == 2
    assert [each.tasks["t"].solution_shown for each in (first, second, after_reset)] == [False, True, True]


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


def test_what_csv_and_json_must_tell() -> None:
    """Who, which task, when it was first met, hints, whether the solution was shown, checks."""
    shown = grade(None, found(met=True, hints=2, shown=True), "2026-11-27T09:00:00+09:00")
    rows = list(csv.DictReader(io.StringIO(as_csv([shown, grade(None, found(met=True), "1")]))))
    told = ("learner", "task", "first_met", "hints_opened", "solution_shown", "checks_hold", "checks")
    assert [[row[name] for name in told] for row in rows] == [
        ["Ada", "t", "2026-11-27T09:00:00+09:00", "2", "yes", "1", "1"],
        ["Ada", "t", "1", "0", "no", "1", "1"],
    ]
    assert msgspec.to_builtins(shown)["tasks"]["t"]["solution_shown"] is True


def test_grades_of_an_older_version_are_read(tmp_path: Path) -> None:
    kept = {"Ada\nscenario-3": {"learner": "Ada", "seat": "lab-seat01", "scenario": "scenario-3", "checked": "1"}}
    kept["Ada\nscenario-3"]["tasks"] = {"t": {"met": True, "first_met": "1", "hints": 1}}  # type: ignore[assignment]
    (tmp_path / "grades.json").write_text(json.dumps(kept))
    (old,) = Book(tmp_path).read()
    assert (old.tasks["t"].hints, old.tasks["t"].solution_shown) == (1, False)


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
