"""What one more container costs, when there are few and when there are many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.ours import CROWD, clear, lab, opened, written
from benchmarks.timing import Benchmark, Goal, Medians, Rivals, timed
from provisioning.deployment import down
from provisioning.images.kind import Recipe
from provisioning.progress import Quiet

COUNTS = (10, 50, 100, 200)


def _name(count: int) -> str:
    return f"lab.py up, {count} containers, for one"


def _slope(medians: Medians, few: int, many: int) -> float:
    """Seconds for each container that `up` starts beyond ``few``."""
    return (many * medians[_name(many)] - few * medians[_name(few)]) / (many - few)


@contextmanager
def _rivals() -> Iterator[Rivals]:
    with ExitStack() as folders:

        def up(count: int) -> Callable[[], float]:
            machines = {f"box{number}": {"kind": "container", "roles": ["common"]} for number in range(count)}
            folder: Path = folders.enter_context(written(machines))

            def run() -> float:
                seconds = timed(lambda: lab("up", CROWD, "--yes", scenarios=folder))
                down(settings, CROWD, Quiet())
                return seconds / count

            return run

        ours = opened()
        settings = ours.settings
        ours.images.ensure([Recipe("container", ("common",))])
        try:
            yield {_name(count): up(count) for count in COUNTS}
        finally:
            clear(settings)


BENCHMARK = Benchmark(
    "Growth",
    "The time of a whole `up` over the number of containers that it starts. The start of the program is in it, which "
    "weighs on the few; the growth of the slope is told without it.",
    _name(COUNTS[0]),
    2,
    _rivals,
    (
        Goal(
            "time for one of 200 containers / for one of 10",
            lambda medians: medians[_name(200)] / medians[_name(10)],
            1.3,
        ),
        Goal(
            "slope from 100 to 200 containers / from 10 to 50",
            lambda medians: _slope(medians, 100, 200) / _slope(medians, 10, 50),
        ),
    ),
)
