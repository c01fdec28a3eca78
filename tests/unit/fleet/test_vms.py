"""Which VM is as the scenario asks for, by the file in its folder that tells what it uses."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from provisioning.deployment import Deployment
from provisioning.fleet.vms import read_uses
from provisioning.images.golden_vm import GOLDEN_VM
from provisioning.images.warm import WARM
from provisioning.machines.vm import power, snapshot
from provisioning.machines.vm.places import USES
from provisioning.proof.comparison import MANIFEST
from tests.unit.fakes import FakeEngine
from tests.unit.kept import bake, edit, fill


@pytest.mark.parametrize(
    "content", [b"0cc074ece06d4198", b"1234567890123456", b'{"warm": "0c', b'["warm"]', b"\xff", b""]
)
def test_a_file_of_an_older_format_names_nothing(tmp_path: Path, content: bytes) -> None:
    assert read_uses(tmp_path / USES) == {}
    (tmp_path / USES).write_bytes(content)
    assert read_uses(tmp_path / USES) == {}


def test_a_vm_is_current_until_the_scenario_asks_for_another_state(
    opened: Deployment, engine: FakeEngine, role: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = bake(opened, engine)
    monkeypatch.setattr(snapshot, "restore", lambda place, box, warm: place.folder.mkdir(parents=True))
    monkeypatch.setattr(power, "holds_work", lambda place: True)
    assert opened.vms.read_uses("vm") == {}
    assert opened.vms.restore("vm") == {"vm": keys[MANIFEST]}
    assert opened.vms.read_uses("vm") == {kind: keys[kind] for kind in ("base", GOLDEN_VM, WARM, MANIFEST)}
    assert opened.vms.stale() == []
    opened = edit(opened, role, "two")
    assert opened.vms.stale() == ["vm"]
    opened = edit(opened, role, "one")
    assert opened.vms.stale() == []
    opened.vms.uses_file("vm").write_text(keys[WARM])
    assert opened.vms.read_uses("vm") == {}, "the format of earlier versions"
    assert opened.vms.stale() == []


def test_a_state_that_is_kept_anew_has_a_manifest_of_its_own(opened: Deployment, engine: FakeEngine) -> None:
    before = bake(opened, engine)[MANIFEST]
    state = opened.vms.warm("vm").find()
    assert state is not None
    assert opened.vms.manifest_key("vm") == before
    shutil.rmtree(state)
    opened.vms.warm("vm").keep(fill)
    assert opened.vms.manifest_key("vm") != before
