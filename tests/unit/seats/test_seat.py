"""What a seat says that its learner changed is told in a sentence. A program stands in for the engine's client."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.errors import MachineError
from provisioning.seats.engine import PRODUCTS, Engine
from provisioning.seats.seat import Seat
from tests.unit.fakes import stand_in


@pytest.fixture
def seat(tmp_path: Path) -> Seat:
    return Seat(Engine(PRODUCTS[1], tmp_path / "socket", "lab", tmp_path), "lab-seat01")


@pytest.mark.parametrize(("said", "up"), [("[]", False), ('[{"machine": "vm"}]', True)])
def test_it_tells_whether_something_is_up(seat: Seat, monkeypatch: pytest.MonkeyPatch, said: str, up: bool) -> None:
    stand_in(seat.engine.settings / "lxc", f"echo '{said}'", monkeypatch)
    assert seat.is_up() is up


@pytest.mark.parametrize("said", ["", "nonsense", "["])
def test_nonsense_is_an_error_that_names_the_seat(seat: Seat, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    stand_in(seat.engine.settings / "lxc", f"echo '{said}'", monkeypatch)
    with pytest.raises(MachineError, match="The program in lab-seat01 does not tell what is up") as error:
        seat.is_up()
    assert error.value.cure.endswith("class reset lab-seat01")


@pytest.mark.parametrize(
    ("complaint", "told"),
    [
        ("", "it said nothing"),
        ("Error: Command not found", "Command not found"),
        (
            "✘ Bringing up vm 2.0 s\n✘ Docker Engine does not answer.\n  Start it: setup",
            "Docker Engine does not answer.",
        ),
        ("Traceback\n  File a\nSyntaxError: eof", "SyntaxError: eof"),
    ],
)
def test_what_fails_in_it_is_told_in_its_own_sentence(
    seat: Seat, monkeypatch: pytest.MonkeyPatch, complaint: str, told: str
) -> None:
    stand_in(seat.engine.settings / "lxc", f"cat >&2 <<'END'\n{complaint}\nEND\nexit 3", monkeypatch)
    with pytest.raises(MachineError) as error:
        seat.lab("up", "scenario-3")
    assert error.value.what == f"`lab.py up scenario-3` failed in lab-seat01: {told}"
    assert error.value.cure.endswith("class reset lab-seat01")


@pytest.mark.parametrize(
    ("complaint", "sees"),
    [
        ("", True),
        ("cat: /proc/meminfo: Transport endpoint is not connected", False),
        ("Error: Command not found", True),
    ],
)
def test_a_seat_whose_lxcfs_is_gone_is_noticed(
    seat: Seat, monkeypatch: pytest.MonkeyPatch, complaint: str, sees: bool
) -> None:
    stand_in(seat.engine.settings / "lxc", f"echo '{complaint}' >&2; exit 1", monkeypatch)
    assert seat.sees_itself() is sees
