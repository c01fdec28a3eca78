"""What a running scenario needs of the cache is known, and its chain from the base is explained."""

from __future__ import annotations

from provisioning.deployment import Deployment
from tests.engine.conftest import LAB, lab, lab_json


def test_what_a_running_scenario_needs_is_in_use(opened: Deployment) -> None:
    used = {(each["kind"], each["key"]) for each in lab_json("images", "list") if each["used"]}
    needed = set(opened.vms.read_uses("vm").items())
    assert {kind for kind, _ in needed} == {"base", "golden-vm", "warm", "manifest"}
    assert needed <= used
    assert {("manifest", opened.containers.manifest_key(name)) for name in ("alpha", "beta")} <= used
    assert ("lab-golden", opened.containers.image("alpha").partition(":")[2]) in used
    disk = opened.images.vms.box(opened.vms.recipe("vm")).disk
    assert disk is not None
    assert ("golden-vm", disk.parent.name) in used, "the disk under the VM's own"


def test_the_chains_of_a_running_scenario_are_all_there(opened: Deployment) -> None:
    machines = lab_json("images", "explain", "scenario-3")["machines"]
    kinds = {name: [link["kind"] for link in links] for name, links in machines.items()}
    container = ["base", "lab-base", "lab-golden"]
    assert kinds == {"vm": ["base", "golden-vm", "warm"], "alpha": container, "beta": container}
    assert [link for links in machines.values() for link in links if not link["there"]] == []
    warm = lab_json("images", "explain", machines["vm"][2]["key"])
    assert {"scenario": "scenario-3", "machine": "vm"} in warm["asked_by"]
    assert f"{LAB}-scenario-3-vm" in warm["used_by"]


def test_a_key_that_is_not_there_is_told_with_a_cure(opened: Deployment) -> None:
    done = lab("images", "explain", "nothing")
    assert done.returncode == 2
    assert "images list" in done.stderr
