"""A plot as inline SVG: raw points, quartiles and median of samples; points and line of a curve."""

from __future__ import annotations

import random
from collections.abc import Sequence
from html import escape
from typing import TypeVar

from provisioning.inert import line
from provisioning.lesson.measurements import NAME, Axis, Plot, axis, shown, summarise

WIDTH, LEFT, RIGHT, ROW = 720, 150, 20, 46
COLOURS = ("#0b7285", "#862e9c", "#e8590c", "#2b8a3e", "#1864ab", "#c92a2a")
DOTS = 1000
"""Points of one series that are drawn: nobody tells more apart."""

T = TypeVar("T")


def svg(plot: Plot) -> str:
    """Return the plot as an ``<svg>`` element."""
    drawn, _ = shown(plot)
    return _samples(drawn) if plot.kind == "samples" else _curve(drawn)


def is_whole(plot: Plot) -> bool:
    """Return True if :func:`svg` draws all of the plot."""
    return not shown(plot)[1] and all(len(values) <= DOTS for values in plot.series.values())


def thinned(values: Sequence[T]) -> list[T]:
    """Some of many values, the first and the last among them.

    >>> len(thinned(range(3))), thinned(range(100_000))[-1], len(thinned(range(100_000)))
    (3, 99999, 1000)
    """
    if len(values) <= DOTS:
        return list(values)
    return [values[number * (len(values) - 1) // (DOTS - 1)] for number in range(DOTS)]


def _samples(plot: Plot) -> str:
    series = plot.samples()
    along = axis(value for values in series.values() for value in values)
    jitter = random.Random(0)  # noqa: S311 (points that lie upon each other are drawn apart)
    parts = []
    for row, (name, values) in enumerate(series.items()):
        middle = 20 + row * ROW
        colour = _colour(row)
        found = summarise(values)
        low, median, high = (_x(value, along) for value in (found.low, found.median, found.high))
        parts.append(_label(line(name, NAME), middle))
        box = f'x="{low:.1f}" y="{middle - 12}" width="{max(high - low, 1):.1f}" height="24"'
        parts.append(f'<rect {box} fill="{colour}" opacity=".15"/>')
        for value in thinned(values):
            at = f'cx="{_x(value, along):.1f}" cy="{middle + jitter.uniform(-9, 9):.1f}"'
            told = escape(f"{line(name, NAME)}: {value:.3g} {plot.unit}")
            parts.append(f'<circle {at} r="3" fill="{colour}" opacity=".6"><title>{told}</title></circle>')
        parts.append(f'<path d="M{median:.1f} {middle - 14}v28" stroke="{colour}" stroke-width="3"/>')
    return _frame(parts, 20 + len(series) * ROW, along, plot.unit)


def _curve(plot: Plot) -> str:
    points = plot.points()
    height = max(240, 20 + 16 * len(points))
    every = [point for values in points.values() for point in values]
    along, upwards = axis(x for x, _ in every), axis(y for _, y in every)
    parts = [_label(f"{upwards.high:.3g} {plot.unit}", 14), _label(f"{upwards.low:.3g}", height)]
    for row, (name, values) in enumerate(points.items()):
        colour = _colour(row)
        few = thinned(values)
        drawn = [(_x(x, along), height - upwards.share(y) * (height - 14)) for x, y in few]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5" opacity=".6"/>')
        for (x, y), (left, top) in zip(few, drawn, strict=True):
            told = escape(f"{line(name, NAME)}: {y:.3g} {plot.unit} ({x:.3g} {plot.x_label})")
            parts.append(f'<circle cx="{left:.1f}" cy="{top:.1f}" r="3" fill="{colour}"><title>{told}</title></circle>')
        parts.append(f'<text x="{LEFT + 8}" y="{20 + row * 16}" fill="{colour}">{escape(line(name, NAME))}</text>')
    return _frame(parts, height, along, plot.x_label)


def _colour(row: int) -> str:
    """Six that were chosen; then hues that lie far from the last ones (the golden angle)."""
    return COLOURS[row] if row < len(COLOURS) else f"hsl({row * 137.5 % 360:g},65%,45%)"


def _x(value: float, along: Axis) -> float:
    return LEFT + along.share(value) * (WIDTH - LEFT - RIGHT)


def _label(text: str, y: float) -> str:
    return f'<text x="{LEFT - 10}" y="{y + 4}" text-anchor="end">{escape(text)}</text>'


def _frame(parts: list[str], height: float, along: Axis, unit: str) -> str:
    axes = f'<path d="M{LEFT} 4V{height}H{WIDTH - RIGHT}" fill="none" stroke="currentColor" opacity=".4"/>'
    below = height + 18
    ends = f'<text x="{LEFT}" y="{below}">{along.low:.3g}</text>'
    end = escape(f"{along.high:.3g} {unit}")
    ends += f'<text x="{WIDTH - RIGHT}" y="{below}" text-anchor="end">{end}</text>'
    return f'<svg viewBox="0 0 {WIDTH} {height + 26}" role="img">{axes}{"".join(parts)}{ends}</svg>'
