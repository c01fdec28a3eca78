"""A warm `up` of VM and containers against a cold boot of the VM alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.ours import SCENARIO, as_own, lab, opened
from benchmarks.peers import Vagrant
from benchmarks.timing import Benchmark, Goal, Rivals, ratio, timed
from provisioning.deployment import down
from provisioning.progress import Quiet

OURS = f"lab.py up {SCENARIO}, second time"
PEER = "vagrant up"


@contextmanager
def _rivals() -> Iterator[Rivals]:
    with as_own() as scenarios:
        ours = opened(scenarios=scenarios)
        lab("up", SCENARIO, "--yes", scenarios=scenarios)
        peer = Vagrant(ours, "vm")

        def warm() -> float:
            down(ours.settings, SCENARIO, Quiet())
            seconds = timed(lambda: lab("up", SCENARIO, scenarios=scenarios))
            down(ours.settings, SCENARIO, Quiet())
            return seconds

        def cold() -> float:
            peer("destroy", "--force")
            seconds = timed(lambda: peer("up", "--no-provision"))
            peer("destroy", "--force")
            return seconds

        try:
            peer.prepare()
            yield {OURS: warm, PEER: cold}
        finally:
            peer.remove()


BENCHMARK = Benchmark(
    "Warm start",
    "Ours: the whole process, a VM and two containers, images baked and machines down; the VM's state was kept by this "
    "lab (one that another lab kept takes 0.7 s more: its guest is told who it is). The peer: a cold boot of a VM "
    "of the same golden box, nothing provisioned, its image in the storage pool already, no containers.",
    PEER,
    3,
    _rivals,
    (Goal("warm `up scenario-3` / cold `vagrant up`", ratio(OURS, PEER), 0.05),),
)
