"""A plot as inline SVG: raw points, quartiles and median of samples; points and lines of a curve."""

from __future__ import annotations

import random
from collections.abc import Sequence
from html import escape
from typing import TypeVar

from provisioning.inert import line
from provisioning.lesson.measurements import (
    NAME,
    SERIES,
    Axis,
    Plot,
    Words,
    axis,
    axis_of,
    legend,
    number,
    shown,
    summarise,
)

WIDTH, LEFT, RIGHT, ROW = 720, 150, 20, 46
COLOURS = ("#0b7285", "#862e9c", "#e8590c", "#2b8a3e", "#1864ab", "#c92a2a")
DOTS = 1000
"""Points of one series that are drawn: nobody tells more apart."""

T = TypeVar("T")


def svg(plot: Plot, words: Words = str) -> str:
    """Return the plot as an ``<svg>`` element, with its texts in the reader's language."""
    drawn, _ = shown(plot, words)
    return _samples(drawn) if plot.kind == "samples" else _curve(drawn, words)


def is_whole(plot: Plot) -> bool:
    """Return True if :func:`svg` draws all of the plot."""
    return len(plot.series) <= SERIES and all(len(values) <= DOTS for values in plot.series.values())


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
    along = axis_of(plot)
    jitter = random.Random(0)  # noqa: S311 (points that lie upon each other are drawn apart)
    parts = []
    for row, (name, values) in enumerate(series.items()):
        middle = 20 + row * ROW
        colour = _colour(row)
        found = summarise(values)
        low, median, high = (_x(value, along) for value in (found.low, found.median, found.high))
        parts.append(_label(line(name, NAME), middle))
        if found.has_quartiles:
            box = f'x="{low:.1f}" y="{middle - 12}" width="{max(high - low, 1):.1f}" height="24"'
            parts.append(f'<rect {box} fill="{colour}" opacity=".15"/>')
        parts.append(f'<path d="M{median:.1f} {middle - 16}v32" stroke="{colour}" stroke-width="3" opacity=".5"/>')
        for value in thinned(values):  # the points last: no mark hides one
            at = f'cx="{_x(value, along):.1f}" cy="{middle + jitter.uniform(-9, 9):.1f}"'
            told = _told(name, f"{number(value)} {plot.unit}")
            parts.append(f'<circle {at} r="3" fill="{colour}" opacity=".6">{told}</circle>')
    return _frame(parts, 20 + len(series) * ROW, along, plot.unit)


def _curve(plot: Plot, words: Words) -> str:
    points = plot.points()
    height = max(240, 20 + 16 * len(points))
    every = [point for values in points.values() for point in values]
    along, upwards = axis(x for x, _ in every), axis(y for _, y in every)

    def up(value: float) -> float:
        return height - upwards.share(value) * (height - 14)

    parts = []
    for tick in upwards.ticks():
        parts.append(f'<path d="M{LEFT} {up(tick):.1f}H{WIDTH - RIGHT}" stroke="currentColor" opacity=".12"/>')
        parts.append(_label(f"{number(tick)} {plot.unit}" if tick == upwards.ticks()[-1] else number(tick), up(tick)))
    for row, (name, values) in enumerate(points.items()):
        colour, how = _colour(row), plot.drawn.get(name)
        drawn = [(_x(x, along), up(y)) for x, y in thinned(values)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)
        dashes = ' stroke-dasharray="6 5"' if how == "projection" else ""
        opacity = ".9" if how else ".3"
        stroke = f'stroke="{colour}" stroke-width="1.5" opacity="{opacity}"{dashes}'
        parts.append(f'<polyline points="{path}" fill="none" {stroke}/>')
        if not how:
            for (x, y), (right, high) in zip(drawn, thinned(values), strict=True):
                told = _told(name, f"{number(high)} {plot.unit} ({plot.x_label} {number(right)})")
                parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}">{told}</circle>')
        name_of = escape(legend(plot, name, words))
        parts.append(f'<text x="{LEFT + 8}" y="{20 + row * 16}" fill="{colour}">{name_of}</text>')
    return _frame(parts, height, along, plot.x_label)


def _told(name: str, value: str) -> str:
    """Return what a browser shows of a point at which one points."""
    return f"<title>{escape(line(f'{name}: {value}', NAME + 100))}</title>"


def _colour(row: int) -> str:
    """Six that were chosen; then hues that lie far from the last ones (the golden angle)."""
    return COLOURS[row] if row < len(COLOURS) else f"hsl({row * 137.5 % 360:g},65%,45%)"


def _x(value: float, along: Axis) -> float:
    return LEFT + along.share(value) * (WIDTH - LEFT - RIGHT)


def _label(text: str, y: float) -> str:
    return f'<text x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">{escape(text)}</text>'


def _frame(parts: list[str], height: float, along: Axis, unit: str) -> str:
    axes = f'<path d="M{LEFT} 4V{height}H{WIDTH - RIGHT}" fill="none" stroke="currentColor" opacity=".4"/>'
    for tick in along.ticks():
        x = _x(tick, along)
        axes += f'<path d="M{x:.1f} 4V{height + 4}" stroke="currentColor" opacity=".12"/>'
        axes += f'<text x="{x:.1f}" y="{height + 18}" text-anchor="middle">{number(tick)}</text>'
    name = f'<text x="{WIDTH - RIGHT}" y="{height + 36}" text-anchor="end">{escape(unit)}</text>'
    return f'<svg viewBox="0 0 {WIDTH} {height + 44}" role="img">{axes}{"".join(parts)}{name}</svg>'
