"""Measurements that a step took, their statistics, and how they look in a terminal."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Literal

import msgspec

from provisioning.errors import UsageError


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
        """The numbers of each series; of a curve the y values."""
        return {
            name: [value[1] if isinstance(value, tuple) else value for value in values]
            for name, values in self.series.items()
        }

    def points(self) -> dict[str, list[tuple[float, float]]]:
        """The points of each series; samples stand in the order in which they were taken."""
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
    low, median, high = statistics.quantiles(samples, n=4, method="inclusive") if len(samples) > 1 else [*samples] * 3
    return Summary(count=len(samples), median=median, low=low, high=high, least=min(samples), most=max(samples))


def read_plots(data: bytes, source: str) -> tuple[Plot, ...]:
    """The plots in what a step wrote, without series that hold nothing; ``source`` names the step.

    Raises:
        UsageError: it is not a list of plots.
    """
    if not data.strip():
        return ()
    try:
        plots = msgspec.json.decode(data, type=tuple[Plot, ...])
    except msgspec.DecodeError as error:
        raise UsageError(
            f"The data of {source} is no list of plots: {error}.", "Correct what its script writes."
        ) from error
    filled = (
        msgspec.structs.replace(plot, series={name: values for name, values in plot.series.items() if values})
        for plot in plots
    )
    return tuple(plot for plot in filled if plot.series)


def draw(plot: Plot, width: int) -> list[str]:
    """The plot in lines of text of at most ``width`` columns."""
    return _draw_samples(plot, width) if plot.kind == "samples" else _draw_curve(plot, width)


def _draw_samples(plot: Plot, width: int) -> list[str]:
    """Each series as a strip: a dot a sample, ``[`` and ``]`` the quartiles, ``┃`` the median, on one common axis."""
    samples = plot.samples()
    label = max(len(name) for name in samples)
    columns = max(20, width - label - 3)
    most = max(max(values) for values in samples.values()) or 1.0

    def column(value: float) -> int:
        return round(value / most * (columns - 1))

    lines = [f"{plot.title} [{plot.unit}]"]
    for name, values in samples.items():
        found = summarise(values)
        strip = [" "] * columns
        for value in values:
            strip[column(value)] = "·" if strip[column(value)] == " " else "•"
        strip[column(found.low)], strip[column(found.high)] = "[", "]"
        strip[column(found.median)] = "┃"
        lines.append(f"{name:>{label}} │{''.join(strip)}")
        told = f"median {found.median:.3g}, middle half {found.low:.3g} to {found.high:.3g}, n = {found.count}"
        lines.append(f"{'':>{label}} │{told}")
    lines.append(f"{'':>{label}} └{'0':<{columns - 8}}{most:>7.3g}")
    return [*lines, *([plot.note] if plot.note else [])]


def _draw_curve(plot: Plot, width: int, height: int = 10) -> list[str]:
    """All series on one canvas, each with a mark of its own."""
    points = plot.points()
    every = [point for values in points.values() for point in values]
    most_x, most_y = max(x for x, _ in every) or 1.0, max(y for _, y in every) or 1.0
    columns = max(20, width - 10)
    canvas = [[" "] * columns for _ in range(height)]
    marks = dict(zip(points, "●○◆◇■□", strict=False))
    for name, values in points.items():
        for x, y in values:
            canvas[height - 1 - round(y / most_y * (height - 1))][round(x / most_x * (columns - 1))] = marks[name]
    lines = [f"{plot.title} [{plot.unit}]   " + "  ".join(f"{mark} {name}" for name, mark in marks.items())]
    lines += [
        f"{most_y if row == 0 else 0:>8.3g} ┤{''.join(line)}" if row in (0, height - 1) else f"{'':>8} │{''.join(line)}"
        for row, line in enumerate(canvas)
    ]
    lines.append(f"{'':>8} └0{plot.x_label:─^{columns - 10}}{most_x:>7.3g}")
    return [*lines, *([plot.note] if plot.note else [])]
