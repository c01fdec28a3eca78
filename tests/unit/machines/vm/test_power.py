"""A VM is brought back with what is in it, or the user is told why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.errors import MachineError
from provisioning.machines.vm import libvirt, power
from provisioning.machines.vm.places import Place
from provisioning.settings import Settings


def test_a_vm_whose_disk_is_gone_is_told_with_what_makes_it_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before libvirt is asked for anything: this host's own must not get a network of the test's."""
    monkeypatch.setattr(libvirt, "run", lambda argv, **more: pytest.fail(f"libvirt was asked: {argv}"))
    with pytest.raises(MachineError, match=f"is gone, and what was in it: {tmp_path}") as caught:
        power.resume(Place(Settings(home=tmp_path), "scenario-3", "vm"))
    assert "reset scenario-3" in caught.value.cure
