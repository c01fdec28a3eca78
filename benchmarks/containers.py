"""Two containers, without a VM, against Compose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.ours import CROWD, clear, containers, lab, opened, written
from benchmarks.peers import Compose, scratch
from benchmarks.timing import Benchmark, Goal, Rivals, ratio, timed

UP, DOWN = "lab.py up, containers alone", "lab.py down, containers alone"
PEER, PEER_DOWN = "compose up -d", "compose down"


@contextmanager
def _rivals() -> Iterator[Rivals]:
    with written(containers()) as folder, scratch() as files:
        ours = opened(CROWD, folder)
        peer = Compose(files, ours, list(ours.containers.specs))
        lab("up", CROWD, "--yes", scenarios=folder)
        lab("down", CROWD, scenarios=folder)
        try:
            yield {
                UP: lambda: timed(lambda: lab("up", CROWD, scenarios=folder)),
                DOWN: lambda: timed(lambda: lab("down", CROWD, scenarios=folder)),
                PEER: lambda: timed(lambda: peer("up", "--detach")),
                PEER_DOWN: lambda: timed(lambda: peer("down")),
            }
        finally:
            clear(ours.settings)
            peer.down()


BENCHMARK = Benchmark(
    "The containers alone",
    "The two containers of scenario-3 from the same golden image, on a network that is made with them. Whole "
    "processes. The peer's containers run an init, as ours do.",
    PEER,
    9,
    _rivals,
    (
        Goal("warm `up` of the containers alone / `compose up -d`", ratio(UP, PEER), 0.8),
        Goal("`down` of the containers alone / `compose down`", ratio(DOWN, PEER_DOWN)),
    ),
)
