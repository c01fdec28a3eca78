"""A guest that does not boot, and one that libvirt refuses: the user is told why, and soon."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from provisioning.errors import MachineError
from provisioning.images.golden import Images
from provisioning.images.kind import recipe_of
from provisioning.images.warm import WARM, WarmState
from provisioning.machines.command import bound, run
from provisioning.machines.vm import console, libvirt, places, power, snapshot, ssh, vagrant
from provisioning.machines.vm.places import Box, Place
from provisioning.progress import Quiet
from provisioning.scenario.model import VmSpec
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


def test_a_watch_that_came_too_late_to_hear_why_a_guest_is_silent_watches_it_boot_again(
    settings: Settings, empty: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(power, "SILENCE", 20.0)
    place = Place(settings, "none", "vm")
    listeners: list[Sequence[str]] = []

    def late(argv: Sequence[str]) -> list[str]:
        listeners.append(argv)
        if len(listeners) == 1:
            while libvirt.state(place.domain) != "running":
                time.sleep(0.2)
            time.sleep(8)  # nobody can tell the end of a firmware's words without listening to them
        return bound(argv)

    monkeypatch.setattr(console, "bound", late)
    with Quiet().phase("Booting") as phase, pytest.raises(MachineError, match="No bootable device"):
        vagrant.boot(place, empty, memory=256, cpus=1, hypervisor="qemu", key=None, phase=phase)
    assert len(listeners) == 2


def test_what_libvirt_refuses_is_told_in_its_words(settings: Settings, empty: Box) -> None:
    place = Place(settings, "none", "vm")
    with Quiet().phase("Booting") as phase, pytest.raises(MachineError, match="Cannot allocate memory"):
        vagrant.boot(place, empty, memory=10**8, cpus=1, hypervisor="qemu", key=None, phase=phase)
    places.remove(place)


def test_a_network_that_libvirt_refuses_is_told_in_its_words(settings: Settings) -> None:
    place = Place(replace(settings, name=f"{settings.name}none"), "none", "vm")  # a lab of which there is no network
    impossible = replace(place.network, subnet="999.1")
    with pytest.raises(MachineError, match=r"libvirt refused `virsh net-define`: .*999\.1"):
        impossible.ensure(place.address, place.domain)
    assert libvirt.subnets_of(impossible.uuid) == []


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


def test_a_kept_guest_gets_the_addresses_that_its_lab_has_by_now(settings: Settings) -> None:
    """A guest is kept as the one that it will be at its place: with the same MAC address it would keep its lease."""
    lab("down", "--all")
    images, place, spec = Images(settings, Quiet()), Place(settings, "none", "vm"), VmSpec(memory=288)
    warm = WarmState(images, place, spec)
    _choose(settings, settings.subnets[-1])
    try:
        assert warm.ensure()
        state = warm.find()
        assert state
        kept = json.loads((state / snapshot.IDENTITY).read_text())
        assert kept == {"name": place.domain, "mac": place.address.mac, "ip": place.address.ip}
        for subnet in settings.subnets[-1:-3:-1]:
            lab("down", "--all")
            _choose(settings, subnet)
            snapshot.restore(place, images.vms.box(recipe_of(spec)), state)
            with ssh.guest(place, images.sources.ensure_key()) as guest:
                assert guest.exec(["hostname", "-I"]).stdout.split() == [place.address.ip]
            assert place.address.ip.startswith(f"{subnet}.")
    finally:
        lab("down", "--all")
        images.sources.cache.remove(WARM, warm.key())


def _choose(settings: Settings, subnet: str) -> None:
    settings.subnet_file.parent.mkdir(parents=True, exist_ok=True)
    settings.subnet_file.write_text(subnet)
