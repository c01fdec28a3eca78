"""How long verifying took: what is kept, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.lesson.durations import durations, forecast, keep
from provisioning.settings import Settings

NAMES = ["a", "b", "c"]


@pytest.mark.parametrize(
    ("names", "position", "took", "told"),
    [
        (["a"], 0, {}, ""),
        (["a"], 0, {"a": 12.4, "b": 9.0}, "a took 12 s the last time."),
        (NAMES, 0, {}, "1 of 3: a."),
        (NAMES, 0, {"a": 60.0, "b": 130.0, "c": 59.0}, "1 of 3: a, 1 min the last time; to go: 4 min."),
        (NAMES, 1, {"a": 600.0, "b": 30.0, "c": 12.0}, "2 of 3: b, 30 s the last time; to go: 42 s."),
        (NAMES, 2, {"a": 600.0}, "3 of 3: c."),
        (NAMES, 0, {"b": 30.0}, "1 of 3: a; to go: 30 s and 2 that took an unknown time."),
    ],
)
def test_what_is_told_ahead(names: list[str], position: int, took: dict[str, float], told: str) -> None:
    assert forecast(names, position, took) == told


def test_each_scenario_keeps_its_last_duration(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert durations(settings) == {}
    keep(settings, "a", 3.5)
    keep(settings, "b", 4.0)
    keep(settings, "a", 2.0)
    assert durations(settings) == {"a": 2.0, "b": 4.0}
    assert [path.name for path in tmp_path.iterdir()] == ["verify.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": "x"}', '{"a": null}', "\x00"])
def test_what_cannot_be_read_is_nothing(tmp_path: Path, text: str) -> None:
    settings = Settings(home=tmp_path)
    (tmp_path / "verify.json").write_text(text)
    assert durations(settings) == {}
    keep(settings, "a", 1.0)
    assert durations(settings) == {"a": 1.0}


def test_a_folder_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    keep(Settings(home=tmp_path / "none"), "a", 1.0)
    assert not (tmp_path / "none").exists()
