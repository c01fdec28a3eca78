"""What the lab does before a VM is started."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from provisioning.errors import MachineError
from provisioning.machines import Result
from provisioning.machines.vm import disk, libvirt, places, power, vagrant
from provisioning.machines.vm.places import Box, Place
from provisioning.settings import Settings


def test_vms_that_start_side_by_side_make_what_they_share_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2, timeout=0.5)

    def ensure(network: libvirt.Network, address: libvirt.Address, host: str) -> None:
        both.wait()  # passes only if a second VM is in here as well

    monkeypatch.setattr(libvirt.Network, "ensure", ensure)
    two = [Place(Settings(home=tmp_path), "scenario-1", name) for name in ("one", "two")]
    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(vagrant.clear, place, Box("box")) for place in two]
    assert [type(job.exception()) for job in jobs] == [threading.BrokenBarrierError] * 2


@pytest.mark.parametrize(
    ("forbidden", "status", "expected"),
    [("0", 0, "io_uring"), ("0", 1, "threads"), ("1", 0, "threads"), (None, 0, "io_uring"), (None, 1, "threads")],
    ids=["both have it", "QEMU or the kernel lacks it", "for root alone", "an older kernel", "a much older kernel"],
)
def test_disks_are_read_by_io_uring_where_that_is_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forbidden: str | None, status: int, expected: str
) -> None:
    file = tmp_path / "io_uring_disabled"
    if forbidden is not None:
        file.write_text(f"{forbidden}\n")
    monkeypatch.setattr(disk, "IO_URING_DISABLED", file)
    monkeypatch.setattr(disk, "run", lambda argv: Result(status, "", "", 0.0))
    disk.io.cache_clear()
    assert disk.io() == expected
    disk.io.cache_clear()


def test_a_vm_whose_disk_is_gone_is_told_with_what_makes_it_anew(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=f"is gone, and what was in it: {tmp_path}") as caught:
        power.resume(Place(Settings(home=tmp_path), "scenario-3", "vm"))
    assert "reset scenario-3" in caught.value.cure


def test_only_disks_of_vms_that_have_a_folder_are_the_lab_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clone that virt-clone made beside ours is called like ours."""
    place = Place(Settings(name="mine", home=tmp_path), "scenario-3", "vm")
    clone = place.pool.path / "mine-scenario-3-vm-clone.img"
    place.folder.mkdir(parents=True)
    place.pool.path.mkdir(parents=True)
    for file in (place.disk, clone, place.pool.path / "box_vagrant_box_image_1_box.img"):
        file.touch()
    monkeypatch.setattr(libvirt, "run", lambda argv, **more: Result(1, "", "", 0.0))
    told = places.remove_shared(place.settings)
    assert [file.name for file in place.pool.path.iterdir()] == [clone.name]
    assert clone.name in told[0]


@pytest.mark.parametrize("noted", ["", "10.6", "10.300", "0.0", "\0\0\0\0", "10.64\n"])
def test_addresses_whose_note_is_cut_off_are_chosen_anew(tmp_path: Path, noted: str) -> None:
    settings = Settings(home=tmp_path)
    settings.run.mkdir(parents=True)
    settings.subnet_file.write_text(noted)
    assert settings.subnet == settings.subnets[0]
    assert not settings.chosen_subnet
