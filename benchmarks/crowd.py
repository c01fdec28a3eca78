"""A hundred containers against Compose and against `docker run` in a loop of the shell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.ours import CROWD, clear, lab, opened, written
from benchmarks.peers import Compose, remove_many, run_many, scratch
from benchmarks.timing import Benchmark, Goal, Rivals, ratio, timed
from provisioning.deployment import down
from provisioning.progress import Quiet

COUNT = 100
OURS = f"lab.py up, {COUNT} containers"
PEER = f"compose up -d --scale box={COUNT}"
LOOPS = {f"xargs -P {number} docker run -d, {COUNT} times": number for number in (2, 4, 8, 16)}
NETWORKED = {f"{name}, on a network of their own": LOOPS[name] for name in list(LOOPS)[1:3]}


@contextmanager
def _rivals() -> Iterator[Rivals]:
    machines = {f"box{number}": {"kind": "container", "roles": ["common"]} for number in range(COUNT)}
    with written(machines) as folder, scratch() as files:
        ours = opened(CROWD, folder)
        ours.bake()
        image = ours.containers.image("box0")
        peer = Compose(files, ours, ["box0"])

        def up() -> float:
            seconds = timed(lambda: lab("up", CROWD, "--yes", scenarios=folder))
            down(ours.settings, CROWD, Quiet())
            return seconds

        def scale() -> float:
            seconds = timed(lambda: peer("up", "--detach", "--scale", f"box0={COUNT}"))
            peer.down()
            return seconds

        def loop(side_by_side: int, *, network: bool) -> Callable[[], float]:
            def run() -> float:
                seconds = timed(lambda: run_many(image, COUNT, side_by_side, network=network))
                remove_many()
                return seconds

            return run

        try:
            bare = {name: loop(number, network=False) for name, number in LOOPS.items()}
            networked = {name: loop(number, network=True) for name, number in NETWORKED.items()}
            yield {OURS: up, PEER: scale, **bare, **networked}
        finally:
            clear(ours.settings)
            peer.down()
            remove_many()


BENCHMARK = Benchmark(
    f"{COUNT} containers",
    "All from one golden image, each with an init. Ours and Compose's are on a network of their own, where they find "
    "each other by name; `docker run` uses Docker's default bridge, which costs less, but where it says otherwise. "
    "Ours is the whole process of an `up` of a scenario with that many machines; what the machines are made of was "
    "written down by an earlier `up`.",
    PEER,
    3,
    _rivals,
    (
        Goal(f"starting {COUNT} containers / Compose `--scale`", ratio(OURS, PEER), 0.6),
        Goal(f"starting {COUNT} containers / `docker run` in `xargs`, best `-P`", ratio(OURS, *LOOPS), 1.0),
        Goal("the same, where those find each other by name, too", ratio(OURS, *NETWORKED), 1.0),
    ),
)
