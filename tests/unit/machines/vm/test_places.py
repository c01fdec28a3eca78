"""Where VMs stand on the host: what is ours among what is there, and what notes that are cut off mean."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from provisioning.machines import Result
from provisioning.machines.vm import libvirt, places
from provisioning.machines.vm.places import Place
from provisioning.settings import Settings


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


def test_a_file_system_without_lists_of_access(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home may lie on one, as on ZFS or FUSE: the guest is told by libvirt's agent."""

    def unsupported(*args: object) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(os, "setxattr", unsupported)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    vm = Place(Settings(home=tmp_path), "scenario-3", "vm")
    places.make_folder_of_ports(vm)
    assert vm.port.parent.is_dir()
