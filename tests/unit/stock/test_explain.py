"""Why something is kept, or will be built. Docker Engine alone is a fake."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.deployment import Deployment
from provisioning.errors import UsageError
from provisioning.images.golden_container import GOLDEN_REPOSITORY
from provisioning.images.golden_vm import GOLDEN_VM
from provisioning.images.warm import WARM
from provisioning.proof.comparison import MANIFEST
from provisioning.stock import explain
from tests.unit.fakes import FakeEngine
from tests.unit.kept import bake, edit, fill, keep, use_as


def test_what_is_asked_for_is_explained_by_who_asks_and_who_needs_it(opened: Deployment, engine: FakeEngine) -> None:
    keys = bake(opened, engine)
    use_as(opened, "peer", {WARM: keys[WARM]})
    found = explain.explain([opened], keys[WARM][:10])
    assert (found.kind, found.key, found.wanted, found.used) == (WARM, keys[WARM], True, True)
    assert found.asked_by == [explain.Asker(scenario="scenario-7", machine="vm")]
    assert found.used_by == ["peer-scenario-1-vm"]
    assert (found.why, found.changed) == ("", [])
    assert found.inputs == opened.vms.warm("vm").inputs()
    base = explain.explain([opened], keys["base"])
    assert [asker.machine for asker in base.asked_by] == ["vm", "box"]


@pytest.mark.parametrize("baked", [False, True], ids=["before it is baked anew", "after"])
@pytest.mark.parametrize("kind", [GOLDEN_VM, GOLDEN_REPOSITORY, WARM])
def test_a_changed_role_explains_what_is_not_asked_for_any_more(
    opened: Deployment, engine: FakeEngine, role: Path, kind: str, baked: bool
) -> None:
    keys = bake(opened, engine)
    opened = edit(opened, role, "two")
    if baked:
        bake(opened, engine)
    found = explain.explain([opened], keys[kind])
    assert found.kind == kind
    assert not found.wanted
    assert found.changed == ["roles/web/main.yml"]
    assert found.why == "No scenario asks for it any more: roles/web/main.yml changed."


def test_what_else_is_not_asked_for_is_explained(opened: Deployment, engine: FakeEngine, role: Path) -> None:
    keys = bake(opened, engine)
    keep(opened.cache, "0ther", 1)
    other = explain.explain([opened], "0ther").why
    assert other == "No scenario asks for it any more, nor for one of the same machine, roles and size."
    opened.cache.build("base", "01d", {**opened.images.sources.base_inputs, "suite": "bullseye"}, fill)
    assert explain.explain([opened], "01d").changed == ["suite"]
    opened.cache.remove(GOLDEN_VM, keys[GOLDEN_VM])
    bake(opened, engine)
    again = explain.explain([opened], keys[WARM]).why
    assert again == "No scenario asks for it any more: its golden image was baked again."
    of_vm = explain.explain([opened], keys[MANIFEST]).why
    assert of_vm == "No scenario asks for it any more: what vm of scenario-7 is made from changed."


def test_a_key_must_be_there_and_alone(opened: Deployment, engine: FakeEngine) -> None:
    for key in ("abc1", "abc2"):
        keep(opened.cache, key, 1)
    with pytest.raises(UsageError, match="'f' is neither the beginning of a key nor a scenario") as caught:
        explain.explain([opened], "f")
    assert "images list" in caught.value.cure
    with pytest.raises(UsageError, match="2 keys begin with 'abc': abc1, abc2"):
        explain.explain([opened], "abc")
    assert explain.explain([opened], "abc2").key == "abc2"


def test_the_chain_of_a_scenario_tells_what_is_there_and_why_the_rest_will_be_built(
    opened: Deployment, engine: FakeEngine, role: Path
) -> None:
    def told() -> dict[str, list[tuple[str, bool, str]]]:
        chains = explain.chains([opened], opened)
        return {name: [(link.kind, link.there, link.why) for link in links] for name, links in chains.items()}

    never = "it was never built, or was removed"
    everything = {
        "vm": [("base", False, never), (GOLDEN_VM, False, never), (WARM, False, never)],
        "box": [("base", False, never), ("lab-base", False, never), (GOLDEN_REPOSITORY, False, never)],
    }
    assert told() == everything
    keys = bake(opened, engine)
    engine.images[f"lab-base:{keys['base']}"] = {}
    assert told() == {name: [(kind, True, "") for kind, _, _ in links] for name, links in everything.items()}
    opened = edit(opened, role, "two")
    changed = "roles/web/main.yml changed since "
    assert told() == {
        "vm": [("base", True, ""), (GOLDEN_VM, False, changed + keys[GOLDEN_VM]), (WARM, False, changed + keys[WARM])],
        "box": [
            ("base", True, ""),
            ("lab-base", True, ""),
            (GOLDEN_REPOSITORY, False, changed + keys[GOLDEN_REPOSITORY]),
        ],
    }
    opened = edit(opened, role, "one")
    opened.cache.remove(GOLDEN_VM, keys[GOLDEN_VM])
    assert told()["vm"][2] == (WARM, False, "its golden image is baked first")
