"""What is kept on a host, who needs it, and what goes. Docker Engine alone is a fake."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator

import pytest

from provisioning.deployment import Deployment
from provisioning.images.cache import SEAL, key_of
from provisioning.images.golden import Images
from provisioning.images.golden_container import GOLDEN_REPOSITORY
from provisioning.images.golden_vm import GOLDEN_VM
from provisioning.images.warm import WARM
from provisioning.machines.container.engine import Found
from provisioning.names import MANIFEST_LABEL
from provisioning.progress import Quiet
from provisioning.proof.comparison import MANIFEST
from provisioning.settings import Settings
from provisioning.stock import store
from tests.unit.fakes import FakeEngine, Said
from tests.unit.kept import SIZE, bake, keep, keys_of, use_as

# -- marks


# -- asked for, in use, pruned


def test_what_is_asked_for_and_what_is_in_use_are_told_apart(opened: Deployment, engine: FakeEngine) -> None:
    keys = bake(opened, engine)
    keep(opened.cache, "nobody", 1)
    keep(opened.cache, "old", 2)
    use_as(opened, "peer", {WARM: "old"})
    engine.containers = [Found("peer-box", "running", f"{GOLDEN_REPOSITORY}:{keys[GOLDEN_REPOSITORY]}", {}, "1")]
    found = {(each.kind, each.key): each for each in store.stored([opened])}
    told = {key: (each.wanted, each.used) for (_, key), each in found.items()}
    assert told == {
        keys["base"]: (True, False),
        keys[GOLDEN_VM]: (True, False),
        keys[WARM]: (True, False),
        keys[MANIFEST]: (True, False),
        opened.containers.manifest_key("box"): (True, False),
        keys[GOLDEN_REPOSITORY]: (True, True),
        "nobody": (False, False),
        "old": (False, True),
    }
    old = found[WARM, "old"].last_used
    assert old is not None
    assert old.timestamp() == 2
    assert found[GOLDEN_REPOSITORY, keys[GOLDEN_REPOSITORY]].last_used is None


def test_to_list_is_no_use(opened: Deployment, engine: FakeEngine) -> None:
    keys = bake(opened, engine)
    os.utime(opened.cache.root / GOLDEN_VM / keys[GOLDEN_VM] / SEAL, (9, 9))
    store.stored([opened])
    assert {entry.used for entry in opened.cache.entries() if entry.kind == GOLDEN_VM} == {9}


def test_prune_takes_what_nothing_asks_for_and_no_machine_of_any_lab_needs(
    opened: Deployment, engine: FakeEngine
) -> None:
    asked = set(bake(opened, engine).values())
    for key in ("nobody", "mine", "other"):
        keep(opened.cache, key, 1)
    for key in ("nobody", "contained"):
        keep(opened.cache, key, 1, MANIFEST)
    use_as(opened, "lab", {WARM: "mine"})
    use_as(opened, "peer", {WARM: "other", GOLDEN_VM: "not there"})
    use_as(opened, "older", {}).write_text("nobody")
    labels = {MANIFEST_LABEL: "contained"}
    engine.containers = [
        Found("x", "exited", "debian", labels, "1"),
        Found("y", "running", f"{GOLDEN_REPOSITORY}:held", {}, "2"),
    ]
    engine.images |= {f"{GOLDEN_REPOSITORY}:held": {}, f"{GOLDEN_REPOSITORY}:left": {}}
    gone = store.prune([opened], everything=False)
    assert sorted((each.kind, each.key) for each in gone) == [
        (GOLDEN_REPOSITORY, "left"),
        (MANIFEST, "nobody"),
        (WARM, "nobody"),
    ]
    assert asked - keys_of(opened) == {key_of(opened.images.inputs(opened.containers.recipe("box")))}, (
        "which Docker holds"
    )
    store.prune([opened], everything=True)
    assert keys_of(opened) == {"mine", "other", "contained"}
    assert list(engine.images) == [f"{GOLDEN_REPOSITORY}:held"]


@pytest.fixture
def peer_at_work(opened: Deployment) -> Iterator[None]:
    """Another lab of this host is being changed."""
    lock = opened.settings.home / "locks" / "peer"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def test_prune_leaves_what_another_lab_may_be_starting_from(
    opened: Deployment, engine: FakeEngine, peer_at_work: None
) -> None:
    keep(opened.cache, "recent", opened.cache.root.parent.stat().st_mtime)
    keep(opened.cache, "old", 1)
    store.prune([opened], everything=True)
    assert keys_of(opened) == {"recent"}


# -- the limit


def limited(opened: Deployment, entries: float) -> tuple[Deployment, Said]:
    """The same lab with room for so many entries."""
    settings = Settings(home=opened.settings.home, acceleration="tcg", cache_limit=entries * 1.1 * SIZE / 1e9)
    return Deployment(settings, opened.scenario, Quiet()), Said()


def test_what_was_used_longest_ago_goes_until_the_cache_is_within_its_limit(
    opened: Deployment, engine: FakeEngine
) -> None:
    asked = set(bake(opened, engine).values()) & keys_of(opened) | {opened.containers.manifest_key("box")}
    for number, key in enumerate(("used", "first", "second", "third"), 1):
        keep(opened.cache, key, number)
    use_as(opened, "peer", {WARM: "used"})
    bounded, said = limited(opened, len(asked) + 2)
    store.keep_within_limit([bounded], said)
    assert keys_of(opened) == asked | {"used", "third"}
    (line,) = said.lines
    assert "2 of its entries went" in line


def test_a_cache_within_its_limit_is_not_looked_at(opened: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(opened.cache, "nobody", 1)
    bounded, said = limited(opened, 1)
    monkeypatch.setattr(store, "all_requests", lambda deployments: pytest.fail("asked"))
    store.keep_within_limit([bounded], said)
    assert keys_of(opened) == {"nobody"}
    assert said.lines == []


def test_a_cache_that_is_all_asked_for_is_told_with_a_cure(opened: Deployment, engine: FakeEngine) -> None:
    bake(opened, engine)
    before = keys_of(opened)
    bounded, said = limited(opened, 1)
    store.keep_within_limit([bounded], said)
    assert keys_of(opened) == before
    (line,) = said.lines
    assert "all of it is asked for or in use" in line
    assert "LAB_CACHE_LIMIT" in line
    assert "images prune --all" in line


def test_disk_use_counts_the_cache(opened: Deployment, engine: FakeEngine) -> None:
    bake(opened, engine)
    keep(opened.cache, "nobody", 1)
    use = store.disk_use(opened.settings, store.stored([opened]))
    assert use.limit == 20e9
    assert use.free > 0
    assert use.size == sum(entry.size for entry in opened.cache.entries())
    assert use.wanted == sum(entry.size for entry in opened.cache.entries() if entry.key != "nobody")
    assert store.disk_use(Settings(home=opened.settings.home / "not" / "there"), []).free > 0


def test_only_a_lab_that_baked_bounds_the_cache(
    opened: Deployment, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    bake(opened, engine)
    bounded: list[list[Deployment]] = []
    monkeypatch.setattr(store, "keep_within_limit", lambda deployments, progress: bounded.append(deployments))
    monkeypatch.setattr(store, "every_deployment", lambda settings, progress: [opened])
    store.limit_growth(opened.settings, Quiet(), baked=opened.bake())
    assert bounded == [], "everything was there"
    monkeypatch.setattr(Images, "ensure", lambda images, recipes, states: True)
    store.limit_growth(opened.settings, Quiet(), baked=opened.bake())
    assert bounded == [[opened]]


# -- explained


def test_what_was_baked_for_a_scenario_is_forgotten_and_the_base_stays(opened: Deployment, engine: FakeEngine) -> None:
    store.forget(opened)  # nothing is there yet, and nothing is known of what will be
    keys = bake(opened, engine)
    store.forget(opened)
    assert [(each.kind, each.key) for each in opened.cache.entries()] == [("base", keys["base"])]
    assert [tag for tag in engine.images if tag.startswith(GOLDEN_REPOSITORY)] == []
