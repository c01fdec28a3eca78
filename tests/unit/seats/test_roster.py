"""A roster is read as instructors write it; what cannot be a list of learners is told."""

from __future__ import annotations

import pytest

from provisioning.errors import UsageError
from provisioning.seats.roster import MOST, Place, numbered, read_roster, seated


@pytest.mark.parametrize(
    ("text", "learners"),
    [
        ("Ada\nBo\n", ["Ada", "Bo"]),
        ("\ufeffname\r\nAda\r\n\r\n  \r\nBo\r\n", ["Ada", "Bo"]),
        ("mail,Name\na@x.org,Ada\nb@x.org,Bo\n", ["Ada", "Bo"]),
        ('이름,학번\n김민지,1\n"이서준",2\n', ["김민지", "이서준"]),
        ('"Lovelace, Ada",1\n# nobody\n', ["Lovelace, Ada"]),
    ],
)
def test_names_are_found(text: str, learners: list[str]) -> None:
    assert [place.learner for place in read_roster(text)] == learners


def test_one_name_written_in_two_ways_is_one() -> None:
    with pytest.raises(UsageError, match="twice"):
        read_roster("\u1112\u1161\u11ab\n\ud55c\n")


@pytest.mark.parametrize(
    "text",
    ["", "name\n", "Ada\nAda\n", "name,mail\n,a@x.org\n", "A\x1b[2Jda\n", f"{'a' * 101}\n", "mail,name\nx@y.org\n"],
)
def test_what_is_no_roster_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_roster(text)


@pytest.mark.parametrize("count", [0, -1, MOST + 1])
def test_a_number_of_seats_that_cannot_be(count: int) -> None:
    with pytest.raises(UsageError, match=str(MOST)):
        numbered(count)


def test_who_has_a_seat_keeps_it() -> None:
    places = read_roster("Ada\nBo\nCy\n")
    assert seated(places, {}) == {1: "Ada", 2: "Bo", 3: "Cy"}
    assert seated(places, {1: "Zoe", 2: "Cy"}) == {2: "Cy", 3: "Ada", 4: "Bo"}
    assert seated([Place(1, ""), Place(2, "")], {1: "Zoe"}) == {1: "Zoe", 2: ""}
