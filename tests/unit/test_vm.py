"""What the lab does before a VM is started."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from provisioning.machines import libvirt, vm
from provisioning.settings import Settings


def test_vms_that_start_side_by_side_make_what_they_share_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2, timeout=0.5)

    def ensure(network: libvirt.Network, address: libvirt.Address, host: str) -> None:
        both.wait()  # passes only if a second VM is in here as well

    monkeypatch.setattr(libvirt.Network, "ensure", ensure)
    places = [vm.Place(Settings(home=tmp_path), "scenario-1", name) for name in ("one", "two")]
    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(vm._clear, place, vm.Box("box")) for place in places]
    assert [type(job.exception()) for job in jobs] == [threading.BrokenBarrierError] * 2
