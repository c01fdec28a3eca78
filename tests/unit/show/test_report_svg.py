"""Plots as pictures that put each number where it belongs."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from provisioning.lesson.measurements import Plot
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
