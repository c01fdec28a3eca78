"""Measurements that a step took, their statistics, and how they look in a terminal."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from provisioning.errors import UsageError
from provisioning.inert import line

MARKERS = "●○◆◇■□abcdefghijklmnopqrstuvwxyz"
SERIES = len(MARKERS)
"""Series of one plot that are drawn."""
NAME = 30
"""Characters of a series' name that are shown beside it."""
TEXTS = {"title": 200, "unit": NAME, "x_label": NAME, "note": 500}
"""Characters of a plot's other texts that are shown."""
HUGE = 1e300
"""Sums of a few numbers beyond it are no numbers any more."""


class Plot(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a step's script writes to the file named in ``LAB_DATA``, in a list."""

    title: str
    unit: str
    kind: Literal["samples", "curve"]
    """``samples``: numbers a series; ``curve``: points [x, y] a series."""
    series: dict[str, list[float | tuple[float, float]]]
    x_label: str = ""
    note: str = ""

    def samples(self) -> dict[str, list[float]]:
        """Return the numbers of each series; of a curve the y values."""
        return {
            name: [value[1] if isinstance(value, tuple) else value for value in values]
            for name, values in self.series.items()
        }

    def points(self) -> dict[str, list[tuple[float, float]]]:
        """Return the points of each series. Samples stand in the order in which they were taken."""
        return {
            name: [value if isinstance(value, tuple) else (float(n), value) for n, value in enumerate(values, 1)]
            for name, values in self.series.items()
        }


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The order statistics of some samples."""

    count: int
    median: float
    low: float
    """The first quartile (inclusive method)."""
    high: float
    """The third quartile."""
    least: float
    most: float


def summarise(samples: Sequence[float]) -> Summary:
    """Median and spread. Quartiles need two samples; of one, all are that one."""
    least, most = min(samples), max(samples)
    if len(samples) == 1:
        low = median = high = least
    else:
        scale = 16.0 if max(-least, most) > HUGE else 1.0
        quartiles = statistics.quantiles([sample / scale for sample in samples], n=4, method="inclusive")
        low, median, high = (min(max(quartile * scale, least), most) for quartile in quartiles)
    return Summary(count=len(samples), median=median, low=low, high=high, least=least, most=most)


class Axis(msgspec.Struct, frozen=True):
    """From 0, or the smallest negative number, to the largest number, or 0."""

    low: float
    high: float

    def share(self, value: float) -> float:
        """Return where on the axis a number lies, from 0.0 to 1.0."""
        # In halves: the difference of the largest numbers would be infinite.
        return (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)


def axis(values: Iterable[float]) -> Axis:
    """Return an axis on which all the numbers lie.

    >>> axis([2.0, 5.0]), axis([-1.0, -3.0]), axis([0.0])
    (Axis(low=0.0, high=5.0), Axis(low=-3.0, high=0.0), Axis(low=0.0, high=1.0))
    """
    low = high = 0.0
    for value in values:
        low, high = min(low, value), max(high, value)
    # Half of the smallest number that there is would be 0.
    return Axis(low, high) if high / 2 - low / 2 > 0 else Axis(0.0, 1.0)


def read_plots(data: bytes, source: str) -> tuple[Plot, ...]:
    """Return the plots in what a step wrote, without empty series. ``source`` names the step.

    Raises:
        UsageError: it is not a list of plots.
    """
    if not data.strip():
        return ()
    try:
        plots = msgspec.json.decode(data, type=tuple[Plot, ...])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(
            f"The data of {source} is no list of plots: {error}.", "Correct what its script writes."
        ) from error
    filled = (
        msgspec.structs.replace(plot, series={name: values for name, values in plot.series.items() if values})
        for plot in plots
    )
    return tuple(plot for plot in filled if plot.series)


def shown(plot: Plot) -> tuple[Plot, str]:
    """Return a plot as it is drawn, with each text on one line and the first series, and a sentence about the rest."""
    texts = {field: line(getattr(plot, field), most) for field, most in TEXTS.items()}
    series = dict(list(plot.series.items())[:SERIES])
    left = len(plot.series) - len(series)
    return msgspec.structs.replace(plot, series=series, **texts), f"{left} more series are not drawn." if left else ""


def draw(plot: Plot, width: int) -> list[str]:
    """Draw the plot. Return lines of text of at most ``width`` columns."""
    drawn, left = shown(plot)
    head = f"{line(drawn.title, max(20, width - len(drawn.unit) - 3))} [{drawn.unit}]"
    lines = (_draw_samples if plot.kind == "samples" else _draw_curve)(drawn, width, head)
    return [*lines, *filter(None, (drawn.note, left))]


def _draw_samples(plot: Plot, width: int, head: str) -> list[str]:
    """Draw each series as a strip: a dot a sample, ``[`` and ``]`` the quartiles, ``┃`` the median, on one axis."""
    samples = plot.samples()
    names = [line(name, NAME) for name in samples]
    label = max(map(len, names))
    columns = max(20, width - label - 3)
    along = axis(value for values in samples.values() for value in values)

    def column(value: float) -> int:
        return round(along.share(value) * (columns - 1))

    lines = [head]
    for name, values in zip(names, samples.values(), strict=True):
        found = summarise(values)
        strip = [" "] * columns
        for value in values:
            strip[column(value)] = "·" if strip[column(value)] == " " else "•"
        strip[column(found.low)], strip[column(found.high)] = "[", "]"
        strip[column(found.median)] = "┃"
        lines.append(f"{name:>{label}} │{''.join(strip)}")
        told = f"median {found.median:.3g}, middle half {found.low:.3g} to {found.high:.3g}, n = {found.count}"
        lines.append(f"{'':>{label}} │{told}")
    return [*lines, f"{'':>{label}} └{f'{along.low:.3g}':<{columns - 10}}{along.high:>9.3g}"]


def _draw_curve(plot: Plot, width: int, head: str, height: int = 10) -> list[str]:
    """Draw all series on one canvas, each with a marker of its own, which stands beside its name after the head."""
    points = plot.points()
    every = [point for values in points.values() for point in values]
    along, upwards = axis(x for x, _ in every), axis(y for _, y in every)
    columns = max(20, width - 11)
    canvas = [[" "] * columns for _ in range(height)]
    lines = [f"{head} "]
    for marker, (name, values) in zip(MARKERS, points.items(), strict=False):
        entry = f"  {marker} {line(name, NAME)}"
        if len(lines[-1]) + len(entry) > width:
            lines.append("")
        lines[-1] += entry
        for x, y in values:
            canvas[height - 1 - round(upwards.share(y) * (height - 1))][round(along.share(x) * (columns - 1))] = marker
    ends = {0: f"{upwards.high:.3g}", height - 1: f"{upwards.low:.3g}"}
    lines += [f"{ends.get(row, ''):>9} {'┤' if row in ends else '│'}{''.join(of)}" for row, of in enumerate(canvas)]
    low = f"{along.low:.3g}"
    return [*lines, f"{'':>9} └{low}{plot.x_label:─^{columns - 9 - len(low)}}{along.high:>9.3g}"]
