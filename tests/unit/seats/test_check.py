"""A seat that answers nonsense has proven nothing. A program stands in the place of the engine's client."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from provisioning.seats.check import VIEW, check
from provisioning.seats.engine import PRODUCTS, Engine
from provisioning.seats.seat import Seat
from tests.unit.fakes import stand_in

GREEN = {"check": "t.py::test_a", "title": "", "machines": [], "passed": True, "message": "", "seconds": 0.1}


@pytest.fixture
def seat(tmp_path: Path) -> Seat:
    return Seat(Engine(PRODUCTS[1], tmp_path / "socket", "lab", tmp_path), "lab-seat01")


def answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, *, status: int = 0, complaint: str = ""
) -> None:
    (tmp_path / "said").write_text(said)
    script = f"case $* in *outcome.json) exit 1 ;; esac; cat {tmp_path}/said; echo '{complaint}' >&2; exit {status}"
    stand_in(tmp_path / "lxc", script, monkeypatch)


def test_verdicts_are_read(tmp_path: Path, seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(tmp_path, monkeypatch, json.dumps({"verdicts": [GREEN], "tasks": {"t": {**GREEN, "passed": False}}}))
    found = check(seat, "scenario-3")
    assert (found.green, found.tasks["t"].passed, found.failed, found.hints) == (True, False, "", {})


@pytest.mark.parametrize(
    "said",
    [
        "",
        "green",
        "{}",
        '{"verdicts": "all", "tasks": {}}',
        '{"verdicts": [{"passed": true}], "tasks": {}}',
        "[" * 9999,
    ],
)
def test_nonsense_is_not_green(tmp_path: Path, seat: Seat, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    answers(tmp_path, monkeypatch, said, complaint="✘ vm of scenario-3 is not up.")
    found = check(seat, "scenario-3")
    assert (found.green, found.verdicts, found.failed) == (False, (), "vm of scenario-3 is not up.")


def test_no_verdicts_are_not_green(tmp_path: Path, seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(tmp_path, monkeypatch, json.dumps({"verdicts": [], "tasks": {}}))
    assert not check(seat, "scenario-3").green


def test_the_view_is_a_script() -> None:
    subprocess.run(["sh", "-n", "-c", VIEW], check=True)
