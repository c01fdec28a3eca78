"""What was measured, as Markdown, as a plot, and as raw samples."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from html import escape
from pathlib import Path

import msgspec

from benchmarks.timing import Goal, Medians, Outcome, medians
from provisioning.show.report.svg import COLOURS

WIDTH, LEFT, RIGHT, ROW = 1050, 430, 30, 22


def write(folder: Path, host: Mapping[str, str], outcomes: list[Outcome]) -> None:
    """Write ``results.md``, ``results.svg`` and ``results.json``; what lay there is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.md").write_text(_markdown(host, outcomes))
    (folder / "results.svg").write_text(_plot(outcomes))
    raw = {
        "host": host,
        "unit": "s",
        "benchmarks": [
            {"title": each.benchmark.title, "samples": each.samples, "not measured": each.failures} for each in outcomes
        ],
    }
    (folder / "results.json").write_bytes(msgspec.json.format(msgspec.json.encode(raw), indent=1) + b"\n")


def table(outcome: Outcome) -> str:
    """One benchmark's samples, each rival beside the peer."""
    peer = outcome.samples.get(outcome.benchmark.peer)
    lines = ["| what | runs | median s | min | max | / peer |", "|---|--:|--:|--:|--:|--:|"]
    for name, seconds in outcome.samples.items():
        middle = statistics.median(seconds)
        beside = f"{middle / statistics.median(peer):.3f}" if peer else ""
        cells = f"{len(seconds)} | {middle:.3f} | {min(seconds):.3f} | {max(seconds):.3f} | {beside}"
        lines.append(f"| {name} | {cells} |")
    for name, reason in outcome.failures.items():
        lines.append(
            f"| {name} | {'left out from then on' if name in outcome.samples else 'not measured'}: {reason} | | | | |"
        )
    return "\n".join(lines)


def goals(outcomes: list[Outcome]) -> str:
    """The goals of what was run, with what was measured."""
    found = medians(outcomes)
    lines = ["| goal | at most | measured | met |", "|---|--:|--:|---|"]
    lines += [_goal(goal, found) for outcome in outcomes for goal in outcome.benchmark.goals]
    return "\n".join(lines)


def _goal(goal: Goal, found: Medians) -> str:
    bound = "" if goal.at_most is None else f"{goal.at_most:g} {goal.unit}".strip()
    try:
        figure = goal.figure(found)
    except KeyError:
        return f"| {goal.text} | {bound} | not measured | |"
    met = "" if goal.at_most is None else "yes" if figure <= goal.at_most else "**no**"
    return f"| {goal.text} | {bound} | {f'{figure:.3f} {goal.unit}'.strip()} | {met} |"


def _markdown(host: Mapping[str, str], outcomes: list[Outcome]) -> str:
    parts = ["# Measured", "Written by `benchmarks/run.py`; what is compared is told in [README.md](../README.md).", ""]
    parts += ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in host.items()), ""]
    parts += ["## Goals", "", goals(outcomes), "", "![every run, and the medians](results.svg)", ""]
    for outcome in outcomes:
        benchmark = outcome.benchmark
        parts += [f"## {benchmark.title}", "", benchmark.note, "", f"The peer: {benchmark.peer}.", ""]
        parts += [table(outcome), ""]
    return "\n".join(parts)


def _plot(outcomes: list[Outcome]) -> str:
    """Every run as a point and each median as a stroke, on one logarithmic axis."""
    shown = [outcome for outcome in outcomes if outcome.samples]
    every = [value for outcome in shown for values in outcome.samples.values() for value in values] or [1.0]
    low, high = math.floor(math.log10(min(every))), math.floor(math.log10(max(every))) + 1

    def x(value: float) -> float:
        return LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    parts, y = [], 30
    for outcome in shown:
        parts.append(f'<text x="10" y="{y}" font-weight="bold">{escape(outcome.benchmark.title)}</text>')
        for row, (name, values) in enumerate(outcome.samples.items()):
            y += ROW
            colour, middle = COLOURS[row % len(COLOURS)], x(statistics.median(values))
            parts.append(f'<text x="{LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(name)}</text>')
            parts += [f'<circle cx="{x(v):.1f}" cy="{y}" r="3" fill="{colour}" opacity=".6"/>' for v in values]
            parts.append(f'<path d="M{middle:.1f} {y - 8}v16" stroke="{colour}" stroke-width="3"/>')
        y += ROW + 12
    for decade in range(low, high + 1):
        at = x(10.0**decade)
        parts.append(f'<path d="M{at:.1f} 14V{y - 16}" stroke="#868e96" opacity=".4"/>')
        parts.append(f'<text x="{at:.1f}" y="{y}" text-anchor="middle">{10.0**decade:g} s</text>')
    frame = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 12}" font-family="sans-serif" font-size="13"'
    return f'<svg {frame}><rect width="100%" height="100%" fill="white"/>{"".join(parts)}</svg>\n'
