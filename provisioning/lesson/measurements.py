"""Measurements that a step took, their statistics, and how they look in a terminal."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
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
QUARTILES = 8
"""Samples from which on quartiles are told: those of a few lie where chance put them."""
DECADES = 100.0
"""Samples of which the largest is so many times the smallest lie on a logarithmic axis."""

Words = Callable[[str], str]
"""What an English text is in the reader's language."""


class Plot(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a step's script writes to the file named in ``LAB_DATA``, in a list."""

    title: str
    unit: str
    kind: Literal["samples", "curve"]
    """``samples``: numbers a series; ``curve``: points [x, y] a series."""
    series: dict[str, list[float | tuple[float, float]]]
    x_label: str = ""
    note: str = ""
    drawn: dict[str, Literal["line", "projection"]] = {}
    """Series of a curve that were not measured: a line computed from what was, or what would follow from it."""
    emulated: bool = False
    """Whether numbers of an emulated VM are among them."""

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

    @property
    def has_quartiles(self) -> bool:
        """Whether there are samples enough for quartiles to tell anything."""
        return self.count >= QUARTILES


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
    """From 0, or the smallest negative number, to the largest number, or 0; a logarithmic one between the two ends."""

    low: float
    high: float
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """Return where on the axis a number lies, from 0.0 to 1.0."""
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        # In halves: the difference of the largest numbers would be infinite.
        return (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)

    def ticks(self) -> list[float]:
        """Return round numbers on the axis, three to eight of them.

        >>> Axis(0.0, 7.3).ticks(), Axis(0.4, 90.0, logarithmic=True).ticks()
        ([0.0, 2.0, 4.0, 6.0], [1.0, 10.0])
        """
        if self.logarithmic:
            decades = range(math.ceil(math.log10(self.low)), math.floor(math.log10(self.high)) + 1)
            return [10.0**decade for decade in decades[:: math.ceil(len(decades) / 8)]]
        rough = (self.high / 2 - self.low / 2) / 5 * 2
        if rough < 1 / HUGE:
            return [self.low, self.high]
        magnitude = 10.0 ** math.floor(math.log10(rough))
        step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= rough * (1 - 1e-9))
        return [number * step for number in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]


def axis(values: Iterable[float], logarithmic: bool = False) -> Axis:
    """Return an axis on which all the numbers lie: a logarithmic one, if wanted, where they span decades and none is 0.

    >>> axis([2.0, 5.0]), axis([-1.0, -3.0]), axis([0.0])
    (Axis(low=0.0, high=5.0, logarithmic=False), Axis(low=-3.0, high=0.0, logarithmic=False), Axis(low=0.0, high=1.0, \
logarithmic=False))
    >>> axis([0.003, 2.0], logarithmic=True)
    Axis(low=0.003, high=2.0, logarithmic=True)
    """
    every = list(values)
    least, most = min(every), max(every)
    if logarithmic and least > 0 and DECADES <= most / least < HUGE:
        return Axis(least, most, logarithmic=True)
    low, high = min(0.0, least), max(0.0, most)
    # Half of the smallest number that there is would be 0.
    return Axis(low, high) if high / 2 - low / 2 > 0 else Axis(0.0, 1.0)


def axis_of(samples: Plot) -> Axis:
    """Return an axis on which all samples of a plot lie."""
    return axis((value for values in samples.samples().values() for value in values), logarithmic=True)


def number(value: float) -> str:
    """Return a number with the three digits that are read.

    >>> number(1234.5), number(0.00123456), number(2.0)
    ('1230', '0.00123', '2')
    """
    return f"{float(f'{value:.3g}'):g}"


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


def translated(plot: Plot, words: Words) -> Plot:
    """Return a plot with its texts in the reader's language. Two series that would get one name keep their own."""
    names = {name: words(name) for name in plot.series}
    if len({*names.values()}) < len(names):
        names = {name: name for name in names}
    texts = {field: words(getattr(plot, field)) for field in TEXTS}
    series = {names[name]: values for name, values in plot.series.items()}
    drawn = {names.get(name, name): how for name, how in plot.drawn.items()}
    return msgspec.structs.replace(plot, series=series, drawn=drawn, **texts)


def shown(plot: Plot, words: Words) -> tuple[Plot, list[str]]:
    """Return a plot as it is drawn, with each text on one line and the first series, and what is told beneath it."""
    one = translated(plot, words)
    texts = {field: line(getattr(one, field), most) for field, most in TEXTS.items()}
    series = dict(list(one.series.items())[:SERIES])
    left = len(one.series) - len(series)
    if plot.kind == "samples" and axis_of(plot).logarithmic:
        texts["unit"] += f", {words('logarithmic')}"
    told = [texts["note"]]
    if plot.emulated:
        told.append(
            words(
                "The VM is emulated in software here: its numbers say little about VMs that the processor helps (KVM)."
            )
        )
    if left:
        told.append(words(f"{left} more series are not drawn."))
    return msgspec.structs.replace(one, series=series, **texts), [each for each in told if each]


def legend(plot: Plot, name: str, words: Words) -> str:
    """Return the name of a series as the reader sees it. It tells what was not measured."""
    match plot.drawn.get(name):
        case "line":
            return f"{line(name, NAME)} ({words('computed')})"
        case "projection":
            return f"{line(name, NAME)} ({words('projection, not measured')})"
        case _:
            return line(name, NAME)


def draw(plot: Plot, width: int, words: Words = str) -> list[str]:
    """Draw the plot. Return lines of text of at most ``width`` columns."""
    drawn, told = shown(plot, words)
    head = f"{line(drawn.title, max(20, width - len(drawn.unit) - 3))} [{drawn.unit}]"
    lines = (_draw_samples if plot.kind == "samples" else _draw_curve)(drawn, width, head, words)
    return [*lines, *told]


def _draw_samples(plot: Plot, width: int, head: str, words: Words) -> list[str]:
    """Draw each series as a strip of dots, one a sample; below them ``┃`` the median, ``[`` and ``]`` the quartiles."""
    from rich.cells import cell_len, set_cell_size

    samples = plot.samples()
    names = [line(name, NAME) for name in samples]
    label = max(map(cell_len, names))
    columns = max(20, width - label - 3)
    along = axis_of(plot)

    def column(value: float) -> int:
        return round(along.share(value) * (columns - 1))

    lines = [head]
    for name, values in zip(names, samples.values(), strict=True):
        found = summarise(values)
        dots, marks = [" "] * columns, [" "] * columns
        for value in values:
            dots[column(value)] = "·" if dots[column(value)] == " " else "•"
        told = words(f"median {number(found.median)}, n = {found.count}")
        if found.has_quartiles:
            marks[column(found.low)], marks[column(found.high)] = "[", "]"
            low, high = number(found.low), number(found.high)
            told = words(f"median {number(found.median)}, middle half {low} to {high}, n = {found.count}")
        marks[column(found.median)] = "┃"
        beside = " " * (label - cell_len(name)) + set_cell_size(name, min(cell_len(name), label))
        lines += [f"{beside} │{''.join(dots)}", *(f"{'':>{label}} │{text}" for text in ("".join(marks), told))]
    return [*lines, *_below(along, columns, label + 1)]


def _draw_curve(plot: Plot, width: int, head: str, words: Words, height: int = 10) -> list[str]:
    """Draw all series on one canvas, each with a marker of its own, which stands beside its name after the head."""
    from rich.cells import cell_len

    points = plot.points()
    every = [point for values in points.values() for point in values]
    along, upwards = axis(x for x, _ in every), axis(y for _, y in every)
    columns = max(20, width - 11)
    canvas = [[" "] * columns for _ in range(height)]
    lines = [f"{head} "]
    markers = dict(zip(points, MARKERS, strict=False))
    for name, marker in markers.items():
        entry = f"  {marker} {legend(plot, name, words)}"
        if cell_len(lines[-1] + entry) > width:
            lines.append("")
        lines[-1] += entry
    # What was measured is drawn last, over what was computed.
    for name in sorted(points, key=lambda name: name not in plot.drawn):
        spots = [(along.share(x) * (columns - 1), (1 - upwards.share(y)) * (height - 1)) for x, y in points[name]]
        for column, row in _joined(spots, 3 if plot.drawn[name] == "projection" else 1) if name in plot.drawn else []:
            canvas[row][column] = "·"
        for across, down in spots if name not in plot.drawn else spots[-1:]:
            canvas[round(down)][round(across)] = markers[name]
    ends = {round((1 - upwards.share(tick)) * (height - 1)): number(tick) for tick in upwards.ticks()}
    lines += [f"{ends.get(row, ''):>9} {'┤' if row in ends else '│'}{''.join(of)}" for row, of in enumerate(canvas)]
    return [*lines, *_below(along, columns, 10), *([f"{'':>11}{plot.x_label}"] if plot.x_label else [])]


def _joined(spots: Sequence[tuple[float, float]], every: int) -> Iterable[tuple[int, int]]:
    """Yield column and row of each place on the straight lines from spot to spot, or of every third."""
    for (x, y), (to_x, to_y) in pairwise(spots):
        steps = max(1, round(max(abs(to_x - x), abs(to_y - y))))
        for step in range(0, steps + 1, every):
            yield round(x + (to_x - x) * step / steps), round(y + (to_y - y) * step / steps)


def _below(along: Axis, columns: int, left: int) -> list[str]:
    """Return the axis below a drawing, with its ticks, and their numbers as far as there is room for them."""
    edge, numbers = ["─"] * columns, [" "] * (columns + 10)
    free = 0
    for tick in along.ticks():
        column = round(along.share(tick) * (columns - 1))
        edge[column] = "┴"
        text = number(tick)
        start = max(0, min(column - len(text) // 2, columns - len(text)))
        if start >= free:
            numbers[start : start + len(text)] = text
            free = start + len(text) + 1
    return [f"{'':>{left}}└{''.join(edge)}", f"{'':>{left + 1}}{''.join(numbers).rstrip()}"]
