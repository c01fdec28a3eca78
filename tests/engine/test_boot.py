"""A guest that does not boot, and one that libvirt refuses: the user is told why, and soon."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from provisioning.errors import MachineError
from provisioning.machines.command import run
from provisioning.machines.vm import libvirt, places, power, vagrant
from provisioning.machines.vm.places import Box, Place
from provisioning.progress import Quiet
from provisioning.settings import Settings
from tests.engine.conftest import lab


@pytest.fixture
def empty(settings: Settings) -> Box:
    """A box whose disk holds nothing."""
    disk = settings.run / "empty.qcow2"
    disk.parent.mkdir(parents=True, exist_ok=True)
    assert run(["qemu-img", "create", "-f", "qcow2", str(disk), "64M"]).status == 0
    return Box("labtest-empty", disk)


def test_a_guest_that_does_not_boot_is_told_with_the_end_of_its_console(
    settings: Settings, empty: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert power.SILENCE <= 90, "two minutes at most, with the time before a guest falls silent"
    monkeypatch.setattr(power, "SILENCE", 20.0)
    place = Place(settings, "none", "vm")
    with Quiet().phase("Booting") as phase, pytest.raises(MachineError, match="No bootable device") as told:
        vagrant.boot(place, empty, memory=256, cpus=1, hypervisor="qemu", key=None, phase=phase)
    assert "does not boot" in told.value.what
    assert "\x1b" not in told.value.what
    log = Path(told.value.cure.split()[4].rstrip(";"))
    assert "Booting from Hard Disk" in log.read_text(), "more than the last lines"
    assert libvirt.state(place.domain) == ""
    assert not place.folder.exists()
    assert not Path(place.disk).exists()


def test_what_libvirt_refuses_is_told_in_its_words(settings: Settings, empty: Box) -> None:
    place = Place(settings, "none", "vm")
    with Quiet().phase("Booting") as phase, pytest.raises(MachineError, match="Cannot allocate memory"):
        vagrant.boot(place, empty, memory=10**8, cpus=1, hypervisor="qemu", key=None, phase=phase)
    places.remove(place)


def test_a_network_that_stands_keeps_its_addresses_though_the_note_of_them_is_lost(settings: Settings) -> None:
    lab("down", "--all")
    place = Place(settings, "none", "vm")
    network = replace(place.network, subnet=settings.subnets[-1])
    network.ensure(place.address, place.domain)
    assert not settings.subnet_file.exists()
    try:
        places.choose_subnet(settings)
        assert settings.subnet == settings.subnets[-1]
    finally:
        lab("down", "--all")
