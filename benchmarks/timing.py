"""Run rivals in turn and print medians, spread and ratios."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping


def timed(job: Callable[[], object]) -> float:
    """Seconds that ``job`` takes."""
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def interleave(rivals: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Let each rival give its seconds once a round, in turn."""
    samples: dict[str, list[float]] = {name: [] for name in rivals}
    for number in range(rounds):
        for name, job in rivals.items():
            samples[name].append(job())
            print(f"  round {number + 1}: {name}: {samples[name][-1]:.3f} s", flush=True)
    return samples


def report(title: str, samples: Mapping[str, list[float]], peer: str) -> None:
    """Print a table of ``samples`` with the ratio of each median to the ``peer``'s."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    print(f"\n## {title}\n")
    print(f"{os.cpu_count()} CPUs, Linux {platform.release()}, commit {commit.stdout.strip() or 'unknown'}\n")
    print(f"| what | runs | median s | min | max | / {peer} |\n|---|---|---|---|---|---|")
    base = statistics.median(samples[peer])
    for name, seconds in samples.items():
        middle = statistics.median(seconds)
        spread = f"{min(seconds):.3f} | {max(seconds):.3f}"
        print(f"| {name} | {len(seconds)} | {middle:.3f} | {spread} | {middle / base:.2f} |")
