"""Who sits where: read an instructor's list of names."""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass

from provisioning.errors import UsageError

MOST = 250
"""Seats that a class may have: as many addresses its network has."""
LONGEST = 100
"""Letters that a learner's name may have."""
HEADINGS = frozenset({"name", "names", "learner", "student", "이름", "성명", "학생"})
"""What the first line of a list says if it tells what the columns hold."""


@dataclass(frozen=True)
class Place:
    """A seat that is wanted."""

    number: int
    """From 1."""
    learner: str
    """Empty where seats were asked for by their number."""


def read_roster(text: str) -> list[Place]:
    """Read a list of learners: one name a line, or CSV whose first column, or whose column ``name``, has the names.

    Blank lines, and lines that begin with ``#``, do not count.

    Raises:
        UsageError: there is no name, a name is twice there, or it is too long or holds control characters.

    >>> read_roster("name,mail\\nKim Minji,m@example.org\\n이서준,s@example.org\\n")
    [Place(number=1, learner='Kim Minji'), Place(number=2, learner='이서준')]
    """
    rows = [row for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) if row and any(map(str.strip, row))]
    rows = [row for row in rows if not row[0].lstrip().startswith("#")]
    column = 0
    if rows:
        first = [cell.strip().casefold() for cell in rows[0]]
        named = [number for number, cell in enumerate(first) if cell in HEADINGS]
        if named:
            column, rows = named[0], rows[1:]
    learners = [unicodedata.normalize("NFC", row[column].strip()) if len(row) > column else "" for row in rows]
    return _checked(learners)


def numbered(count: int) -> list[Place]:
    """Return as many seats as are asked for, without names.

    Raises:
        UsageError: more than :data:`MOST`, or less than one.
    """
    if not 1 <= count <= MOST:
        raise UsageError(f"{count} seats cannot be made: a class has 1 to {MOST}.", "Ask for another number.")
    return [Place(number, "") for number in range(1, count + 1)]


def _checked(learners: list[str]) -> list[Place]:
    if not learners:
        raise UsageError("The roster holds no name.", "Write one name a line, or CSV with a column `name`.")
    if len(learners) > MOST:
        raise UsageError(f"The roster holds {len(learners)} names: a class has {MOST} seats at most.", "Split it.")
    seen: set[str] = set()
    for number, learner in enumerate(learners, 1):
        if not learner or len(learner) > LONGEST or not learner.isprintable():
            raise UsageError(
                f"Name {number} of the roster is {learner[:LONGEST]!r}, which is empty, too long or not printable.",
                f"Write a name of at most {LONGEST} letters.",
            )
        if learner in seen:
            raise UsageError(f"{learner!r} is twice in the roster.", "Add what tells the two apart.")
        seen.add(learner)
    return [Place(number, learner) for number, learner in enumerate(learners, 1)]


def seated(places: list[Place], taken: dict[int, str]) -> dict[int, str]:
    """Return who sits where, by the number of the seat: whoever has a seat keeps it, others get the lowest free one.

    ``taken`` are the seats that stand, each with its learner.

    >>> seated([Place(1, "Ada"), Place(2, "Bo")], {1: "Bo"})
    {1: 'Bo', 2: 'Ada'}
    """
    if not places[0].learner:
        return {place.number: taken.get(place.number, "") for place in places}
    seats = {learner: number for number, learner in taken.items() if learner}
    free = (number for number in range(1, MOST + 1) if number not in taken)
    return dict(sorted((seats.get(each.learner) or next(free), each.learner) for each in places))
