"""An interval of 95 % covers what it says, whatever the numbers are distributed like."""

from __future__ import annotations

import doctest
import importlib.util
import itertools
import math
import sys
from collections.abc import Callable
from random import Random
from types import ModuleType

import pytest

from provisioning.settings import REPOSITORY

TRIALS = 4000
"""In which a true 95 % is seen as 93.6 % to 96.4 % in 9999 of 10 000 cases."""


def tool(name: str) -> ModuleType:
    """A module that scripts of steps import."""
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / "labs" / "tools" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


SAMPLING = tool("sampling")
SHAPES: dict[str, tuple[Callable[[Random], float], float]] = {
    "normal": (lambda dice: dice.gauss(10, 1), 10),
    "skewed, as times are": (lambda dice: dice.lognormvariate(0, 1), 1),
    "even": (lambda dice: dice.random(), 0.5),
    "with wild outliers": (lambda dice: math.tan(math.pi * (dice.random() - 0.5)), 0),
}
"""Ways of drawing a number, and the median of what they draw."""


@pytest.mark.parametrize("count", [6, 7, 8, 10, 15, 30])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_interval_of_a_median_covers_it_as_often_as_it_says(shape: str, count: int) -> None:
    dice = Random(f"{shape} {count}")  # noqa: S311
    draw, median = SHAPES[shape]
    held = 0
    for _ in range(TRIALS):
        low, high = SAMPLING.interval([draw(dice) for _ in range(count)])
        held += low <= median <= high
    assert 0.93 <= held / TRIALS <= 0.97


@pytest.mark.parametrize("count", [6, 10, 20])
def test_the_interval_of_a_ratio_covers_it_though_the_computer_changes_its_pace(count: int) -> None:
    dice = Random(count)  # noqa: S311
    held = 0
    for _ in range(TRIALS):
        pace = list(itertools.accumulate(dice.gauss(0, 0.3) for _ in range(count)))  # which both ways feel
        above = [3 * math.exp(at + dice.gauss(0, 0.1)) for at in pace]
        below = [math.exp(at + dice.gauss(0, 0.1)) for at in pace]
        low, high = SAMPLING.interval(SAMPLING.ratios(above, below))
        held += low <= 3 <= high
    assert 0.93 <= held / TRIALS <= 0.97


@pytest.mark.parametrize("count", [3, 5, 10, 40])
def test_the_interval_of_a_mean_step_covers_it(count: int) -> None:
    dice = Random(count)  # noqa: S311
    held = 0
    for _ in range(TRIALS):
        memory = list(itertools.accumulate(dice.gauss(7, 2) for _ in range(count + 1)))  # after each batch
        found, reach = SAMPLING.mean([after - before for before, after in itertools.pairwise(memory)])
        held += abs(found - 7) <= reach
    assert 0.93 <= held / TRIALS <= 0.97


def test_its_examples_hold() -> None:
    assert doctest.testmod(SAMPLING).failed == 0


def test_five_samples_have_no_interval_and_the_words_say_so() -> None:
    assert SAMPLING.interval([1, 2, 3, 4, 5]) is None
    assert "too few for an interval" in SAMPLING.told([1, 2, 3, 4, 5])
    assert "95 % interval" in SAMPLING.told([1, 2, 3, 4, 5, 6])


def test_each_round_tries_every_way_once_in_an_order_of_its_own_and_the_first_does_not_count() -> None:
    calls: list[str] = []

    def way(name: str) -> Callable[[], int]:
        def call() -> int:
            calls.append(name)
            return len(calls)

        return call

    samples = SAMPLING.take({name: way(name) for name in "abc"}, 8, dice=Random(1))  # noqa: S311
    rounds = [tuple(calls[start : start + 3]) for start in range(0, 27, 3)]
    assert all(sorted(each) == ["a", "b", "c"] for each in rounds)
    assert len(set(rounds)) > 2
    assert {name: len(values) for name, values in samples.items()} == {"a": 8, "b": 8, "c": 8}
    assert min(min(values) for values in samples.values()) == 4
    assert all(min(at[number] for at in samples.values()) // 3 == number + 1 for number in range(8))


def test_what_memory_is_held_is_read_from_the_kernels_account(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = tool("memory")
    rollup = "Rss: 9000 kB\nPss: 8000 kB\nPss_Anon: 2048 kB\nPss_File: 4000 kB\nPss_Shmem: 1024 kB\n"
    smaps = "7f00-7f10 rwxp 0 00:00 0\nSize: 999 kB\nRss: 1024 kB\n7f20-7f30 rw-p 0 00:00 0\nRss: 512 kB\n"
    texts = {"smaps_rollup": rollup, "smaps": smaps}
    monkeypatch.setattr(memory, "account", lambda name, pids: texts[name])
    monkeypatch.setattr(memory, "qemu", lambda domain: "1")
    assert memory.held(["1"]) == 3.0
    assert memory.of_vm("any") == (2.0, 1.0)
    texts["smaps_rollup"] = ""
    assert memory.held(["1"]) is None
