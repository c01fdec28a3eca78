"""A seat says how far its learner is, and hears what the class tells; any other lab does neither."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from provisioning.lesson.results import results_of
from provisioning.page.presence import BEAT, Presence
from provisioning.seats import word
from provisioning.seats.word import Message, Notice, Pause, Word
from provisioning.settings import REPOSITORY, Settings

SCENARIO = "scenario-3"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("provisioning.page.presence.time.time", lambda: now[0])
    return now


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / word.FOLDER).mkdir()
    return Settings(home=tmp_path, scenarios=REPOSITORY / "labs")


@pytest.fixture
def seat(settings: Settings, clock: list[float]) -> Presence:
    found = Presence.of(settings)
    assert found
    return found


def said(settings: Settings) -> Word:
    found = word.read_word((settings.home / word.FOLDER / word.SAID).read_bytes(), 1e12)
    assert found
    return found


def test_a_lab_that_is_no_seat_has_no_class(tmp_path: Path) -> None:
    assert Presence.of(Settings(home=tmp_path)) is None


def test_a_seat_says_how_far_the_learner_is(seat: Presence, settings: Settings, clock: list[float]) -> None:
    seat.look(windows=False, terminals=())
    assert said(settings) == Word()
    seat.enter(SCENARIO)
    seat.look(windows=True, terminals=())
    first = said(settings)
    assert (first.scenario, first.met, first.window, first.progressed) == (SCENARIO, 0, 1000.0, 1000.0)
    assert first.steps > 0
    clock[0] += 5
    results = results_of(settings, SCENARIO)
    results.update(SCENARIO, "", lambda kept: msgspec.structs.replace(kept, hints={"a": 2}), print)
    seat.look(windows=True, terminals=())
    assert (said(settings).hints, said(settings).active) == (2, 1005.0)
    assert said(settings).progressed == 1000.0


def test_what_is_done_by_a_verb_tells_where_the_learner_is(seat: Presence, settings: Settings) -> None:
    results_of(settings, SCENARIO).update(SCENARIO, "", lambda kept: kept, print)
    seat.look(windows=False, terminals=())
    assert said(settings).scenario == SCENARIO


def test_that_time_goes_on_is_written_now_and_then(seat: Presence, settings: Settings, clock: list[float]) -> None:
    seat.look(windows=True, terminals=())
    file = settings.home / word.FOLDER / word.SAID
    before = file.stat().st_ino
    clock[0] += BEAT - 1
    seat.look(windows=True, terminals=())
    assert file.stat().st_ino == before
    clock[0] += 1
    seat.look(windows=True, terminals=())
    assert said(settings).window == clock[0]


def test_a_hand_is_raised_until_it_is_taken_down(seat: Presence, settings: Settings, clock: list[float]) -> None:
    seat.wave(True)
    clock[0] += 5
    seat.wave(True)
    assert said(settings).raised == 1000.0
    assert seat.state()["hand"] is True
    again = Presence.of(settings)
    assert again and again.state()["hand"], "a restart of the server takes the hand down"
    seat.wave(False)
    assert said(settings).raised == 0.0


def test_a_notice_is_heard_once_it_is_whole(seat: Presence, settings: Settings) -> None:
    file = settings.home / word.FOLDER / word.NOTICE
    assert not seat.look(windows=True, terminals=())
    file.write_bytes(b'{"message": {"te')
    assert not seat.look(windows=True, terminals=())
    notice = Notice(message=Message("한글 <b>", 5.0), end=9.0, pause=Pause(8.0, "over"), present=True)
    file.write_bytes(msgspec.json.encode(notice))
    os.utime(file, ns=(1, 1))
    assert seat.look(windows=True, terminals=())
    assert seat.state() == {
        "hand": False,
        "message": {"text": "한글 <b>", "at": 5.0},
        "end": 9.0,
        "pause": {"at": 8.0, "why": "over"},
        "present": True,
    }
    assert said(settings).heard == notice.key
    assert not seat.look(windows=True, terminals=())


def test_a_broken_lesson_stops_nothing(settings: Settings, tmp_path: Path, clock: list[float]) -> None:
    broken = tmp_path / "labs" / SCENARIO
    broken.mkdir(parents=True)
    (broken / "scenario.yml").write_text("{")
    seat = Presence.of(Settings(home=settings.home, scenarios=tmp_path / "labs"))
    assert seat
    seat.enter(SCENARIO)
    seat.look(windows=True, terminals=())
    assert said(settings).window == 1000.0


def test_a_folder_of_scenarios_that_is_gone_stops_nothing(settings: Settings, tmp_path: Path) -> None:
    seat = Presence.of(Settings(home=settings.home, scenarios=tmp_path / "gone"))
    assert seat
    seat.look(windows=False, terminals=())
    assert said(settings) == Word()


def test_a_restart_hears_that_nothing_is_said_any_more(seat: Presence, settings: Settings) -> None:
    file = settings.home / word.FOLDER / word.NOTICE
    file.write_bytes(msgspec.json.encode(Notice(end=9.0)))
    seat.look(windows=False, terminals=())
    file.write_bytes(msgspec.json.encode(Notice()))
    again = Presence.of(settings)
    assert again
    again.look(windows=False, terminals=())
    assert said(settings).heard == Notice().key
