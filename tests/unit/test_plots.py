"""Statistics, and plots that put each number where it belongs."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from provisioning.errors import UsageError
from provisioning.plots import Plot, draw, read_plots, summarise
from provisioning.report.svg import svg

SAMPLES = Plot(title="Start", unit="s", kind="samples", series={"container": [1.0, 2.0, 3.0], "VM <emulated>": [10.0]})
CURVE = Plot(title="Memory", unit="MiB", kind="curve", x_label="containers", series={"used": [(0.0, 0.0), (10.0, 5.0)]})


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


@pytest.mark.parametrize("plot", [SAMPLES, CURVE])
def test_the_picture_has_a_dot_for_each_number(plot: Plot) -> None:
    root = ElementTree.fromstring(svg(plot))  # noqa: S314 (made here)
    dots = [element for element in root.iter() if element.tag.endswith("circle")]
    assert len(dots) == sum(len(values) for values in plot.series.values())


def test_what_a_step_wrote_is_read() -> None:
    data = b'[{"title": "t", "unit": "s", "kind": "samples", "series": {"a": [1, 2.5], "none": []}}]'
    assert read_plots(data, "a step")[0].samples() == {"a": [1.0, 2.5]}
    assert read_plots(data.replace(b"[1, 2.5]", b"[]"), "a step") == ()
    assert read_plots(b"", "a step") == ()


def test_what_is_no_plot_is_refused_with_the_steps_name() -> None:
    with pytest.raises(UsageError, match="start-times"):
        read_plots(b'[{"title": "t"}]', "step 'start-times'")
