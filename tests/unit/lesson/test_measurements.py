"""Statistics, and plots in a terminal that put each number where it belongs."""

from __future__ import annotations

import re

import msgspec
import pytest
from rich.cells import cell_len

from provisioning.errors import UsageError
from provisioning.lesson.measurements import Plot, axis, draw, read_plots, summarise, translated
from provisioning.lesson.texts import Catalogue, interface
from tests.unit.plots import CURVE, ODD, SAMPLES, odd


def test_median_and_quartiles() -> None:
    found = summarise([4.0, 1.0, 3.0, 2.0, 5.0])
    assert (found.least, found.low, found.median, found.high, found.most) == (1.0, 2.0, 3.0, 4.0, 5.0)


def test_one_sample_is_its_own_spread() -> None:
    found = summarise([7.0])
    assert (found.count, found.low, found.median, found.high) == (1, 7.0, 7.0, 7.0)


def test_the_median_stands_between_the_quartiles_and_hides_no_dot() -> None:
    plot = Plot(title="Start", unit="s", kind="samples", series={"a": [float(n) for n in range(1, 10)]})
    _, dots, marks, told, *_ = draw(plot, 80)
    assert dots.count("·") == 9
    assert marks.index("[") < marks.index("┃") < marks.index("]")
    assert "middle half 3 to 7" in told
    assert max(map(len, draw(plot, 80))) <= 80


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
    assert len(lines) < 120
    if width >= 80:
        assert max(len(line) for line in lines if "┤" in line or "│" in line or "└" in line) <= width


def test_a_negative_number_lies_left_of_zero_and_below() -> None:
    strip = draw(odd("negative samples"), 80)
    assert strip[2].index("┃") < strip[5].index("┃")
    assert strip[-2].split() == ["-3", "-2", "-1", "0", "1", "2"]
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


def test_three_samples_have_no_quartiles() -> None:
    lines = draw(SAMPLES, 80)
    assert "median 2, n = 3" in lines[3]
    assert not any("[" in line or "half" in line for line in lines[1:])


def test_samples_that_span_decades_lie_on_a_logarithmic_axis_and_it_says_so() -> None:
    plot = Plot(title="Start", unit="s", kind="samples", series={"process": [0.002, 0.003], "VM": [20.0, 30.0]})
    lines = draw(plot, 80)
    assert "[s, logarithmic]" in lines[0]
    assert lines[-1].split() == ["0.01", "0.1", "1", "10"]
    columns = [lines[-1].index(f" {tick} ") for tick in ("0.1", "1")]
    first, second = (line.index("┃") for line in (lines[2], lines[5]))
    assert first < columns[0] < columns[1] < second
    near = msgspec.structs.replace(plot, series={"a": [1.0], "b": [99.0]})
    zero = msgspec.structs.replace(plot, series={"a": [0.0], "b": [99.0]})
    assert not any("logarithmic" in draw(each, 80)[0] for each in (near, zero))


def test_an_axis_has_round_numbers_between_its_ends() -> None:
    assert axis([0.0, 1234.0]).ticks() == [0.0, 500.0, 1000.0]
    assert axis([-3.0, 2.0]).ticks() == [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0]


def test_a_line_and_a_projection_are_not_drawn_as_what_was_measured() -> None:
    line: list[float | tuple[float, float]] = [(0.0, 0.0), (10.0, 10.0)]
    series = {"measured": [(1.0, 1.0), (2.0, 2.0)], "fit": line, "ten": [(0.0, 1.0), (10.0, 11.0)]}
    plot = msgspec.structs.replace(CURVE, series=series, drawn={"fit": "line", "ten": "projection"})
    lines = draw(plot, 80)
    assert "○ fit (computed)" in lines[0] and "◆ ten (projection, not measured)" in lines[0]
    assert sum(each.count("·") for each in lines) > 20
    assert sum(each.split("┤")[-1].split("│")[-1].count("●") for each in lines[2:]) == 2


def test_a_figure_with_an_emulated_vm_says_so() -> None:
    plot = msgspec.structs.replace(SAMPLES, emulated=True)
    assert "emulated in software" in draw(plot, 80)[-1]
    assert "emulated in software" not in "".join(draw(SAMPLES, 80)[-1:])


def test_a_figure_speaks_the_readers_language() -> None:
    words = Catalogue({**interface("ko"), "Start": "시작", "container": "컨테이너", "machines {}": "머신 {}개"})
    text = "\n".join(draw(SAMPLES, 80, words))
    assert "시작" in text and "컨테이너" in text and "중앙값 2" in text
    assert "median" not in text and "Start" not in text
    assert all(cell_len(each) <= 80 for each in text.splitlines())
    assert len({cell_len(each.split("│")[0]) for each in text.splitlines() if "│" in each}) == 1


def test_two_names_that_translate_to_one_stay_two() -> None:
    plot = msgspec.structs.replace(SAMPLES, series={"a": [1.0], "b": [2.0]})
    assert list(translated(plot, Catalogue({"a": "x", "b": "x"})).series) == ["a", "b"]
