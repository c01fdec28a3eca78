"""What the checks from outside found, kept on the host and never in a seat: as a table, as JSON, as CSV."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec

from provisioning.seats.check import Checked
from provisioning.settings import Settings

COLUMNS = (
    *("learner", "seat", "scenario", "task", "met", "first_met"),
    *("hints_opened", "solution_shown", "checks_hold", "checks", "checked", "failed"),
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would compute."""


def class_folder(settings: Settings) -> Path:
    """Return the folder, on this host, of a class's grades and of what checks its seats."""
    return settings.home / "class" / settings.name


class TaskGrade(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one task."""

    met: bool = False
    """Whether the last check saw its goal met."""
    first_met: str = ""
    """When a check first saw it met (ISO 8601); empty as long as none did. A reset takes nothing back."""
    hints: int = 0
    """How many hints were opened: the seat's own word."""
    solution_shown: bool = False
    """Whether the reference solution was shown or run: the seat's own word. A reset takes nothing back."""


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """One learner's way through one scenario."""

    learner: str
    seat: str
    scenario: str
    checked: str
    """When the last check was made."""
    holding: int = 0
    """Checks that held then."""
    checks: int = 0
    failed: str = ""
    """Why the last check could not be made; what was seen before it stays."""
    tasks: dict[str, TaskGrade] = {}


def merged(before: Grade | None, learner: str, seat: str, found: Checked, now: str) -> Grade:
    """Return the grade after one more check. What was once seen met keeps the time at which it was."""
    tasks = dict(before.tasks) if before else {}
    for task, verdict in found.tasks.items():
        known = tasks.get(task, TaskGrade())
        first = known.first_met or (now if verdict.passed else "")
        tasks[task] = TaskGrade(
            met=verdict.passed,
            first_met=first,
            hints=max(known.hints, found.hints.get(task, 0)),
            solution_shown=known.solution_shown or task in found.solutions,
        )
    if found.failed:
        tasks = {task: msgspec.structs.replace(known, met=False) for task, known in tasks.items()}
    return Grade(
        learner=learner,
        seat=seat,
        scenario=found.scenario,
        checked=now,
        holding=found.holding,
        checks=len(found.verdicts),
        failed=found.failed,
        tasks=tasks,
    )


def as_csv(grades: Iterable[Grade]) -> str:
    """Return grades as CSV, a line for each task, one for a scenario that has none; no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for grade in grades:
        for task, known in (grade.tasks or {"": TaskGrade()}).items():
            met, shown = ("yes" if each else "no" for each in (known.met, known.solution_shown))
            cells = (grade.learner, grade.seat, grade.scenario, task, met, known.first_met)
            rest = (known.hints, shown, grade.holding, grade.checks, grade.checked, grade.failed)
            writer.writerow([harmless(str(cell)) for cell in (*cells, *rest)])
    return out.getvalue()


def harmless(cell: str) -> str:
    """Return a cell such that no spreadsheet takes it for a formula.

    >>> harmless("=1+1"), harmless("Kim")
    ("'=1+1", 'Kim')
    """
    return f"'{cell}" if cell.startswith(FORMULA) else cell


class Book:
    """The file that keeps a class's grades. Only root may read it. Whoever writes holds the lab."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def _file(self) -> Path:
        return self.folder / "grades.json"

    def read(self) -> list[Grade]:
        """Return what is kept, by learner and scenario."""
        return sorted(self._load().values(), key=lambda grade: (grade.seat, grade.learner, grade.scenario))

    def enter(self, learner: str, seat: str, found: Iterable[Checked], now: str) -> list[Grade]:
        """Keep what a check found. Return the grades it led to."""
        book = dict(self._load())
        fresh = []
        for each in found:
            key = f"{learner or seat}\n{each.scenario}"
            book[key] = merged(book.get(key), learner, seat, each, now)
            fresh.append(book[key])
        self._write(book)
        return fresh

    def _load(self) -> Mapping[str, Grade]:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=dict[str, Grade])
        except FileNotFoundError:
            return {}

    def _write(self, book: Mapping[str, Grade]) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self.folder, prefix="grades.", delete=False) as fresh:
            try:
                fresh.write(msgspec.json.encode(book))
                fresh.flush()
                os.fsync(fresh.fileno())
                Path(fresh.name).rename(self._file)
            except BaseException:
                Path(fresh.name).unlink(missing_ok=True)
                raise
