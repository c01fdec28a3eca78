"""Statistics, and plots in a terminal that put each number where it belongs."""

from __future__ import annotations

import re

import pytest

from provisioning.errors import UsageError
from provisioning.lesson.measurements import axis, draw, read_plots, summarise
from tests.unit.plots import CURVE, ODD, SAMPLES, odd


def test_median_and_quartiles() -> None:
    found = summarise([4.0, 1.0, 3.0, 2.0, 5.0])
    assert (found.least, found.low, found.median, found.high, found.most) == (1.0, 2.0, 3.0, 4.0, 5.0)


def test_one_sample_is_its_own_spread() -> None:
    found = summarise([7.0])
    assert (found.count, found.low, found.median, found.high) == (1, 7.0, 7.0, 7.0)


def test_the_strip_puts_the_median_between_the_quartiles() -> None:
    strip = draw(SAMPLES, 80)[1]
    assert strip.index("[") < strip.index("┃") < strip.index("]")
    assert max(map(len, draw(SAMPLES, 80))) <= 80


def test_the_curve_rises_from_left_to_right() -> None:
    lines = draw(CURVE, 80)
    first, last = (next(line for line in found if "●" in line) for found in (reversed(lines[1:]), lines[1:]))
    assert first.index("●") < last.index("●")
    assert max(map(len, lines)) <= 80


def test_what_a_step_wrote_is_read() -> None:
    data = b'[{"title": "t", "unit": "s", "kind": "samples", "series": {"a": [1, 2.5], "none": []}}]'
    assert read_plots(data, "a step")[0].samples() == {"a": [1.0, 2.5]}
    assert read_plots(data.replace(b"[1, 2.5]", b"[]"), "a step") == ()
    assert read_plots(b"", "a step") == ()


def test_what_is_no_plot_is_refused_with_the_steps_name() -> None:
    with pytest.raises(UsageError, match="start-times"):
        read_plots(b'[{"title": "t"}]', "step 'start-times'")


@pytest.mark.parametrize("width", [10, 40, 80, 200])
@pytest.mark.parametrize("case", ODD)
def test_whatever_numbers_there_are_a_terminal_shows_them(case: str, width: int) -> None:
    lines = draw(odd(case), width)
    assert all(line.isprintable() for line in lines)
    assert len(lines) < 100
    if width >= 80:
        assert max(len(line) for line in lines if "┤" in line or "│" in line or "└" in line) <= width


def test_a_negative_number_lies_left_of_zero_and_below() -> None:
    strip = draw(odd("negative samples"), 80)
    assert strip[1].index("┃") < strip[3].index("┃")
    assert strip[-2].split("└")[1].split() == ["-3", "2"]
    low, high = sorted(axis([-2.0, 3.0]).share(value) for value in (-2.0, 3.0))
    assert (low, high) == (0.0, 1.0)


def test_each_of_seven_curves_has_its_own_mark() -> None:
    lines = draw(odd("seven curves"), 80)
    assert len(set(re.findall(r"(\S) s\d", "".join(lines)))) == 7


def test_what_is_not_drawn_is_told() -> None:
    assert draw(odd("a hundred curves"), 80)[-1] == "68 more series are not drawn."


BAD = {
    "no JSON": b"hello",
    "another value": b'{"title": "t"}',
    "cut": b'[{"title": "t", "unit": "s", "kind": "samples", "series": {"a": [1',
    "NaN": b'[{"title": "t", "unit": "s", "kind": "samples", "series": {"a": [NaN]}}]',
    "infinity": b'[{"title": "t", "unit": "s", "kind": "samples", "series": {"a": [1e999]}}]',
    "text for a number": b'[{"title": "t", "unit": "s", "kind": "samples", "series": {"a": ["1"]}}]',
    "a point of three": b'[{"title": "t", "unit": "s", "kind": "curve", "series": {"a": [[1, 2, 3]]}}]',
    "another kind": b'[{"title": "t", "unit": "s", "kind": "pie", "series": {"a": [1]}}]',
    "another field": b'[{"title": "t", "unit": "s", "kind": "samples", "series": {}, "x": 1}]',
    "no UTF-8": b'[{"title": "\xff", "unit": "s", "kind": "samples", "series": {"a": [1]}}]',
    "no UTF-8 in a name": b'[{"title": "t", "unit": "s", "kind": "samples", "series": {"\xc3": [1]}}]',
    "half a character": b'[{"title": "\\ud800", "unit": "s", "kind": "samples", "series": {"a": [1]}}]',
    "UTF-16": "[]".encode("utf-16"),
    "NUL": b"\0",
    "depth": b"[" * 100_000,
    "depth in a series": b'[{"title": "t", "unit": "s", "kind": "curve", "series": {"a": ' + b"[" * 100_000,
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_bad_data_are_a_sentence(data: bytes) -> None:
    with pytest.raises(UsageError, match="The data of step 's' is no list of plots"):
        read_plots(data, "step 's'")
