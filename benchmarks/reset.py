"""`reset` after heavy use against `vagrant snapshot restore`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.ours import SCENARIO, clear, lab, opened
from benchmarks.peers import Vagrant
from benchmarks.timing import Benchmark, Goal, Rivals, ratio, timed
from provisioning.errors import MachineError
from provisioning.machines import Machine
from provisioning.machines.vm import libvirt

OURS = f"lab.py reset {SCENARIO}, after heavy use"
PEER = "vagrant snapshot restore"
USE = """
set -e
[ ! -e /var/tmp/use ]
yes lab | head -c 200000000 >/var/tmp/use
rm -rf /usr/share/doc /etc/profile.d
for number in $(seq 20); do setsid sleep 3600 </dev/null >/dev/null 2>&1 & done
setsid python3 -c '
import pathlib, time
held = bytearray(b"x") * (100 << 20)
pathlib.Path("/var/tmp/held").touch()
time.sleep(3600)' </dev/null >/dev/null 2>&1 &
until [ -e /var/tmp/held ]; do sleep 0.1; done
sync
"""
"""Heavy use: 200 MB written, files removed, 21 processes left running, 100 MiB of memory held.

It fails where the last was not undone.
"""


def _use(machine: Machine) -> None:
    result = machine.exec(["sh", "-c", USE], timeout=300)
    if result.status:
        raise MachineError(f"{machine.name} cannot be used: {result.stderr.strip()}", "Read what it says.")


@contextmanager
def _paused(domain: str) -> Iterator[None]:
    """Without that VM in the way of the one that is measured."""
    libvirt.virsh("suspend", domain)
    try:
        yield
    finally:
        libvirt.virsh("resume", domain)


@contextmanager
def _rivals() -> Iterator[Rivals]:
    ours = opened()
    peer = Vagrant(ours, "vm")
    domain = ours.vms.place("vm").domain

    def reset() -> float:
        for name in ours.scenario.machines:
            _use(ours.machine(name))
        with _paused(peer.place.domain):
            return timed(lambda: lab("reset", SCENARIO))

    def restore() -> float:
        with peer.guest() as guest:
            _use(guest)
        with _paused(domain):
            return timed(lambda: peer("snapshot", "restore", "vm", "new"))

    try:
        lab("up", SCENARIO, "--yes")
        peer.prepare()
        peer("snapshot", "save", "vm", "new")
        yield {OURS: reset, PEER: restore}
    finally:
        clear(ours.settings)
        peer.remove()


BENCHMARK = Benchmark(
    "Reset",
    "Each after the same heavy use: 200 MB written, files removed, 21 processes left running, 100 MiB of memory held. "
    "Ours: the whole process; VM, two containers, until the VM has the right time and answers from the network. The "
    "peer: a VM of the same box alone, a snapshot with memory, until Vagrant returns, which waits for no answer of the "
    "guest. The VM that is not measured is suspended.",
    PEER,
    5,
    _rivals,
    (
        Goal("`reset` of VM and containers / `vagrant snapshot restore` alone", ratio(OURS, PEER), 0.3),
        Goal("`reset` of VM and containers", lambda medians: medians[OURS], 1.0, "s"),
    ),
)
