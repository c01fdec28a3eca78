"""Plots for the tests of what draws them."""

from __future__ import annotations

from typing import Literal

from provisioning.lesson.measurements import Plot

SAMPLES = Plot(title="Start", unit="s", kind="samples", series={"container": [1.0, 2.0, 3.0], "VM <emulated>": [10.0]})


CURVE = Plot(title="Memory", unit="MiB", kind="curve", x_label="containers", series={"used": [(0.0, 0.0), (10.0, 5.0)]})


ODD: dict[str, tuple[Literal["samples", "curve"], dict[str, list[float | tuple[float, float]]]]] = {
    "negative samples": ("samples", {"a": [-3.0, -1.0], "b": [2.0]}),
    "only negative samples": ("samples", {"a": [-3.0, -1.0]}),
    "nothing but zeros": ("samples", {"a": [0.0, 0.0], "b": [-0.0]}),
    "one sample": ("samples", {"a": [5.0]}),
    "one sample that is zero": ("samples", {"a": [0.0]}),
    "the largest numbers": ("samples", {"a": [1.7e308, -1.7e308, 1.7e308, 1.7e308]}),
    "the smallest number": ("samples", {"a": [5e-324, 5e-324]}),
    "a hundred thousand samples": ("samples", {"a": [float(n % 7) for n in range(120_000)]}),
    "a hundred series of samples": ("samples", {f"s{n}": [float(n)] for n in range(100)}),
    "a negative curve": ("curve", {"a": [(-2.0, -5.0), (3.0, 4.0)]}),
    "a curve of one point": ("curve", {"a": [(7.0, 7.0)]}),
    "a curve of one point at zero": ("curve", {"a": [(0.0, 0.0)]}),
    "a curve at one height": ("curve", {"a": [(1.0, -1.0), (2.0, -1.0)]}),
    "a curve of the largest numbers": ("curve", {"a": [(-1.7e308, 1.7e308), (1.7e308, -1.7e308)]}),
    "a curve of the smallest numbers": ("curve", {"a": [(5e-324, -5e-324)]}),
    "a curve of a hundred thousand points": ("curve", {"a": [(float(n), float(n % 9)) for n in range(120_000)]}),
    "seven curves": ("curve", {f"s{n}": [(1.0, float(n))] for n in range(7)}),
    "a hundred curves": ("curve", {f"s{n}": [(1.0, float(n))] for n in range(100)}),
    "samples as a curve": ("curve", {"a": [1.0, -2.0]}),
    "points as samples": ("samples", {"a": [(1.0, -2.0), (2.0, 3.0)]}),
    "a long name": ("samples", {"n" * 10_000: [1.0, 2.0]}),
    "a curve with a long name": ("curve", {"n" * 10_000: [(1.0, 2.0)]}),
    "a name with markup": ("samples", {"</text><script>alert(1)</script>&": [1.0]}),
    "a name with controls": ("curve", {"a\x1b[2J\n\u202e\x9b\ud83d\ude00"[:6]: [(1.0, 1.0)]}),
    "a name of nothing": ("curve", {"": [(1.0, 1.0)]}),
}


def odd(case: str) -> Plot:
    kind, series = ODD[case]
    evil = "</svg><script>&\"'\x1b]0;t\x07\n"
    return Plot(title=f"T{evil}", unit=f"ms{evil}", kind=kind, x_label=f"x{evil}", note=f"n{evil}", series=series)
