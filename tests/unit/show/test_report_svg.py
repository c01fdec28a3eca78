"""Plots as pictures that put each number where it belongs."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import msgspec
import pytest

from provisioning.lesson.measurements import Plot
from provisioning.lesson.texts import Catalogue
from provisioning.show.report.svg import DOTS, is_whole, svg
from tests.unit.plots import CURVE, ODD, SAMPLES, odd


@pytest.mark.parametrize("plot", [SAMPLES, CURVE])
def test_the_picture_has_a_dot_for_each_number(plot: Plot) -> None:
    root = ElementTree.fromstring(svg(plot))  # noqa: S314 (made here)
    dots = [element for element in root.iter() if element.tag.endswith("circle")]
    assert len(dots) == sum(len(values) for values in plot.series.values())


@pytest.mark.parametrize("case", ODD)
def test_whatever_numbers_there_are_the_page_shows_them(case: str) -> None:
    plot = odd(case)
    drawn = svg(plot)
    root = ElementTree.fromstring(drawn)  # noqa: S314 (made here)
    assert {element.tag for element in root.iter()} <= {"svg", "path", "text", "rect", "circle", "polyline", "title"}
    assert all(text.isprintable() for text in root.itertext())
    numbers = [float(each.get(key, "")) for each in root.iter("circle") for key in ("cx", "cy")]
    assert all(0 <= number <= 2000 for number in numbers)
    assert 0 < len(numbers) / 2 <= 2 * DOTS
    assert len(drawn) < 500_000
    total = sum(map(len, plot.series.values()))
    assert is_whole(plot) == (len(numbers) / 2 == total)


def test_each_of_seven_curves_has_its_own_colour() -> None:
    names = list(ElementTree.fromstring(svg(odd("seven curves"))).iter("text"))  # noqa: S314 (made here)
    assert len({name.get("fill") for name in names if name.get("fill")}) == 7


def test_no_mark_hides_a_dot() -> None:
    plot = Plot(title="Start", unit="s", kind="samples", series={"a": [float(n) for n in range(1, 10)]})
    tags = [each.tag for each in ElementTree.fromstring(svg(plot))]  # noqa: S314 (made here)
    last_mark = max(at for at, tag in enumerate(tags[: tags.index("circle")]) if tag in ("rect", "path"))
    assert last_mark < tags.index("circle") and "rect" in tags


def test_an_axis_has_round_numbers_between_its_ends() -> None:
    texts = ElementTree.fromstring(svg(CURVE)).itertext()  # noqa: S314 (made here)
    assert {"0", "5 MiB", "10"} <= set(texts)


def test_a_line_and_a_projection_are_not_drawn_as_what_was_measured() -> None:
    line: list[float | tuple[float, float]] = [(0.0, 0.0), (10.0, 10.0)]
    series = {"measured": [(1.0, 1.0), (2.0, 2.0)], "fit": line, "ten": [(0.0, 1.0), (10.0, 11.0)]}
    plot = msgspec.structs.replace(CURVE, series=series, drawn={"fit": "line", "ten": "projection"})
    root = ElementTree.fromstring(svg(plot))  # noqa: S314 (made here)
    assert len(list(root.iter("circle"))) == 2
    assert [bool(each.get("stroke-dasharray")) for each in root.iter("polyline")] == [False, False, True]


def test_three_samples_have_no_quartiles() -> None:
    assert "<rect" not in svg(SAMPLES)


def test_samples_that_span_decades_lie_on_a_logarithmic_axis_and_it_says_so() -> None:
    plot = Plot(title="Start", unit="s", kind="samples", series={"process": [0.002, 0.003], "VM": [20.0, 30.0]})
    assert "s, logarithmic" in svg(plot)


def test_a_figure_speaks_the_readers_language() -> None:
    assert "컨테이너" in svg(SAMPLES, Catalogue({"container": "컨테이너"}))
