"""What a running scenario needs of the cache is known."""

from __future__ import annotations

from provisioning.lab import Lab, read_mark
from tests.engine.conftest import lab_json


def test_what_a_running_scenario_needs_is_in_use(opened: Lab) -> None:
    used = {(each["kind"], each["key"]) for each in lab_json("images", "list") if each["used"]}
    marked = set(read_mark(opened._mark("vm")).items())
    assert {kind for kind, _ in marked} == {"base", "golden-vm", "warm", "manifest"}
    assert marked <= used
    assert {("manifest", opened.manifest_key(name)) for name in ("alpha", "beta")} <= used
    assert ("lab-golden", opened.images.tag(opened.recipes["alpha"]).partition(":")[2]) in used
    disk = opened.images.box(opened.recipes["vm"]).disk
    assert disk is not None
    assert ("golden-vm", disk.parent.name) in used, "the disk under the VM's own"
