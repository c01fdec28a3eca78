"""Run the benchmarks and write down what came of them: ``python -m benchmarks.run [NAME]... [--rounds N]``."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from benchmarks import classroom, cold, containers, converge, crowd, growth, own_time, page, reset, startup, warm_up
from benchmarks.host import describe
from benchmarks.results import goals, table, write
from benchmarks.timing import Outcome, measure
from provisioning.interrupt import ENDING

BENCHMARKS = {
    module.__name__.rpartition(".")[2]: module.BENCHMARK
    for module in (startup, containers, warm_up, own_time, reset, converge, crowd, growth, page, cold)
} | {"class": classroom.BENCHMARK}


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1, type=click.Choice(list(BENCHMARKS)))
@click.option(
    "--rounds", type=click.IntRange(1), help="How often each rival works, instead of each benchmark's own number."
)
@click.option(
    "--older", metavar="COMMIT", default=cold.OLDER, show_default=True, help="What `cold` sets the first `up` against."
)
@click.option("--out", type=click.Path(path_type=Path), default=Path(__file__).parent / "results", help="Folder.")
def run(names: tuple[str, ...], rounds: int | None, older: str, out: Path) -> None:
    """Measure side by side with what a user would run instead; all benchmarks, or those that are named."""
    for number in ENDING:
        signal.signal(number, signal.default_int_handler)  # so that each benchmark clears up after itself
    host = describe()
    outcomes: list[Outcome] = []
    benchmarks = {**BENCHMARKS, "cold": cold.beside(older)}
    for name in names or benchmarks:
        benchmark = benchmarks[name]
        click.echo(f"\n## {benchmark.title}\n")
        outcomes.append(measure(benchmark, rounds or benchmark.rounds))
        click.echo(f"\n{table(outcomes[-1])}")
        write(out, host, outcomes)
    click.echo(f"\n{goals(outcomes)}\n\nWritten to {out}.")


if __name__ == "__main__":
    run()
