"""A plot as inline SVG: raw points, quartiles and median of samples; points and line of a curve."""

from __future__ import annotations

import random
from html import escape

from provisioning.plots import Plot, summarise

WIDTH, LEFT, RIGHT, ROW = 720, 150, 20, 46
COLOURS = ("#0b7285", "#862e9c", "#e8590c", "#2b8a3e", "#1864ab", "#c92a2a")


def svg(plot: Plot) -> str:
    """The plot as an ``<svg>`` element."""
    return _samples(plot) if plot.kind == "samples" else _curve(plot)


def _samples(plot: Plot) -> str:
    series = plot.samples()
    most = max(max(values) for values in series.values()) or 1.0
    jitter = random.Random(0)  # noqa: S311 (points that lie upon each other are drawn apart)
    parts = []
    for row, (name, values) in enumerate(series.items()):
        middle = 20 + row * ROW
        colour = COLOURS[row % len(COLOURS)]
        found = summarise(values)
        low, median, high = (_x(value, most) for value in (found.low, found.median, found.high))
        parts.append(_label(name, middle))
        box = f'x="{low:.1f}" y="{middle - 12}" width="{max(high - low, 1):.1f}" height="24"'
        parts.append(f'<rect {box} fill="{colour}" opacity=".15"/>')
        for value in values:
            at = f'cx="{_x(value, most):.1f}" cy="{middle + jitter.uniform(-9, 9):.1f}"'
            parts.append(f'<circle {at} r="3" fill="{colour}" opacity=".6"/>')
        parts.append(f'<path d="M{median:.1f} {middle - 14}v28" stroke="{colour}" stroke-width="3"/>')
    return _frame(parts, 20 + len(series) * ROW, f"{most:.3g} {plot.unit}")


def _curve(plot: Plot) -> str:
    height = 240
    points = plot.points()
    every = [point for values in points.values() for point in values]
    most_x, most_y = max(x for x, _ in every) or 1.0, max(y for _, y in every) or 1.0
    parts = [_label(f"{most_y:.3g} {plot.unit}", 14), _label("0", height)]
    for row, (name, values) in enumerate(points.items()):
        colour = COLOURS[row % len(COLOURS)]
        drawn = [(_x(x, most_x), height - y / most_y * (height - 14)) for x, y in values]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5" opacity=".6"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in drawn]
        parts.append(f'<text x="{LEFT + 8}" y="{20 + row * 16}" fill="{colour}">{escape(name)}</text>')
    return _frame(parts, height, f"{most_x:.3g} {escape(plot.x_label)}")


def _x(value: float, most: float) -> float:
    return LEFT + value / most * (WIDTH - LEFT - RIGHT)


def _label(text: str, y: float) -> str:
    return f'<text x="{LEFT - 10}" y="{y + 4}" text-anchor="end">{escape(text)}</text>'


def _frame(parts: list[str], height: float, end: str) -> str:
    axis = f'<path d="M{LEFT} 4V{height}H{WIDTH - RIGHT}" fill="none" stroke="currentColor" opacity=".4"/>'
    below = height + 18
    ends = f'<text x="{LEFT}" y="{below}">0</text>'
    ends += f'<text x="{WIDTH - RIGHT}" y="{below}" text-anchor="end">{end}</text>'
    return f'<svg viewBox="0 0 {WIDTH} {height + 26}" role="img">{axis}{"".join(parts)}{ends}</svg>'
