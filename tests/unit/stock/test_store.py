"""What is kept on a host: who asks for it, who needs it, what goes and why. The Docker Engine alone is a fake."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import cast

import pytest
from msgspec import structs

from provisioning import lab, playbook
from provisioning.errors import ProvisionError, UsageError
from provisioning.fleet.vms import read_mark
from provisioning.images.ansible import ansible_version
from provisioning.images.cache import SEAL, Cache, key_of
from provisioning.images.golden import Images
from provisioning.images.golden_container import GOLDEN_REPOSITORY
from provisioning.images.golden_vm import BUILD, GOLDEN_VM
from provisioning.images.warm import WARM, WarmState
from provisioning.lab import Lab
from provisioning.machines.container.engine import Found
from provisioning.machines.vm import power, snapshot
from provisioning.machines.vm.places import MARK
from provisioning.names import INPUTS_LABEL, MANIFEST_LABEL
from provisioning.progress import Quiet
from provisioning.proof.golden import MANIFEST
from provisioning.scenario.model import ContainerSpec, Scenario, VmSpec
from provisioning.settings import Settings, load_settings
from provisioning.show.views import Views
from provisioning.stock import explain, store

SIZE = 100_000
"""Bytes of each entry of the tests' cache, but for what the file system rounds up."""


@dataclass
class FakeEngine:
    """Docker Engine, as far as images are listed and containers looked for."""

    images: dict[str, dict[str, str]] = field(default_factory=dict)
    """Labels by tag."""
    containers: list[Found] = field(default_factory=list)
    created: dict[str, str] = field(default_factory=dict)
    """Labels of the containers that were made."""

    def has_image(self, tag: str) -> bool:
        return tag in self.images

    def tags(self, repository: str) -> list[str]:
        return [tag for tag in self.images if tag.startswith(f"{repository}:")]

    def image_size(self, tag: str) -> int:
        return 5

    def image_made(self, tag: str) -> str:
        return "2026-11-25T03:43:05.123456789Z"

    def image_id(self, tag: str) -> str:
        return f"sha256:{tag}"

    def image_labels(self, tag: str) -> dict[str, str]:
        return self.images[tag]

    def remove_image(self, tag: str) -> bool:
        self.images.pop(tag, None)
        return True

    def everyone(self) -> list[Found]:
        return self.containers

    def full_name(self, scenario: str, machine: str) -> str:
        return f"lab-{scenario}-{machine}"

    def prepare(self, scenario: str, specs: object) -> None:
        pass

    def named(self, scenario: str) -> dict[str, object]:
        return {}

    def remove_container(self, name: str) -> None:
        pass

    def create(
        self, scenario: str, machine: str, spec: object, image: str, folder: Path, labels: dict[str, str]
    ) -> None:
        self.created = labels


class Said(Quiet):
    """A progress that keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    fake = FakeEngine()
    monkeypatch.setattr("provisioning.machines.container.engine.Engine", lambda name: fake)
    monkeypatch.setattr(store, "_backing_files", dict)
    return fake


@pytest.fixture
def role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one file of the only role there is."""
    monkeypatch.setattr(playbook, "ROLES", tmp_path / "roles")
    file = tmp_path / "roles" / "web" / "main.yml"
    file.parent.mkdir(parents=True)
    file.write_text("one")
    return file


@pytest.fixture
def opened(tmp_path: Path, engine: FakeEngine, role: Path) -> Lab:
    """A VM and a container of one role; nothing is baked yet."""
    scenario = Scenario(
        name="scenario-7",
        folder=tmp_path,
        title="",
        summary="",
        claims=(),
        machines={"vm": VmSpec(roles=("web",)), "box": ContainerSpec(roles=("web",))},
        steps=(),
    )
    return Lab(Settings(home=tmp_path / "home", acceleration="tcg"), scenario, Quiet())


def edit(opened: Lab, role: Path, text: str) -> Lab:
    """Write the role's file; the lab as the next call of the driver finds it."""
    role.write_text(text)
    return Lab(opened.settings, opened.scenario, opened.progress)


def fill(folder: Path) -> None:
    (folder / "file").write_bytes(os.urandom(SIZE))


def bake(opened: Lab, engine: FakeEngine) -> dict[str, str]:
    """Keep everything that the scenario asks for; the keys by kind, those of the VM where both kinds have some."""
    keys = dict[str, str]()

    def fill_golden(folder: Path) -> None:
        fill(folder)
        (folder / BUILD).write_text(os.urandom(4).hex())

    def build(kind: str, inputs: dict[str, object]) -> None:
        keys[kind] = key_of(cast(dict[str, str], inputs))
        opened.cache.build(kind, keys[kind], cast(dict[str, str], inputs), fill_golden if kind == GOLDEN_VM else fill)

    build("base", dict(opened.images.sources.base_inputs))
    build(GOLDEN_VM, opened.images.inputs(opened.vms.recipe("vm")))
    build(WARM, opened.vms.warm("vm").inputs())
    tag = opened.containers.image("box")
    engine.images[tag] = {INPUTS_LABEL: json.dumps(opened.images.inputs(opened.containers.recipe("box")))}
    keys[GOLDEN_REPOSITORY] = tag.partition(":")[2]
    for name in ("box", "vm"):
        keys[MANIFEST] = opened.group(name).manifest_key(name)
        opened.cache.build(MANIFEST, keys[MANIFEST], {"machine": name, "scenario": "scenario-7"}, fill)
    return keys


def keep(cache: Cache, key: str, used: float, kind: str = WARM) -> None:
    """Keep something that nothing asks for, last used at ``used``."""
    cache.build(kind, key, {"golden": {"roles": {"old": {}}}}, fill)
    os.utime(cache.root / kind / key / SEAL, (used, used))


def mark_as(opened: Lab, owner: str, uses: dict[str, str]) -> Path:
    mark = opened.settings.home / "run" / owner / "vagrant" / "scenario-1-vm" / MARK
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(json.dumps(uses))
    return mark


def names(opened: Lab) -> set[str]:
    return {entry.key for entry in opened.cache.entries()}


# -- marks


@pytest.mark.parametrize(
    "content", [b"0cc074ece06d4198", b"1234567890123456", b'{"warm": "0c', b'["warm"]', b"\xff", b""]
)
def test_a_mark_of_an_older_format_names_nothing(tmp_path: Path, content: bytes) -> None:
    assert read_mark(tmp_path / MARK) == {}
    (tmp_path / MARK).write_bytes(content)
    assert read_mark(tmp_path / MARK) == {}


def test_a_vm_is_marked_until_the_scenario_asks_for_another_state(
    opened: Lab, engine: FakeEngine, role: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = bake(opened, engine)
    monkeypatch.setattr(snapshot, "restore", lambda place, box, warm: place.folder.mkdir(parents=True))
    monkeypatch.setattr(power, "holds_work", lambda place: True)
    assert opened.vms.read_mark("vm") == {}
    assert opened.vms.restore("vm") == {"vm": keys[MANIFEST]}
    assert opened.vms.read_mark("vm") == {kind: keys[kind] for kind in ("base", GOLDEN_VM, WARM, MANIFEST)}
    assert opened.vms.stale() == []
    opened = edit(opened, role, "two")
    assert opened.vms.stale() == ["vm"]
    opened = edit(opened, role, "one")
    assert opened.vms.stale() == []
    opened.vms.mark("vm").write_text(keys[WARM])
    assert opened.vms.read_mark("vm") == {}, "the format of earlier versions"
    assert opened.vms.stale() == []


def test_a_container_carries_the_key_of_its_manifest(opened: Lab, engine: FakeEngine) -> None:
    bake(opened, engine)
    assert opened.containers.start() == {"box": opened.containers.manifest_key("box")}
    assert engine.created == {MANIFEST_LABEL: opened.containers.manifest_key("box")}


# -- asked for, in use, pruned


def test_what_is_asked_for_and_what_is_in_use_are_told_apart(opened: Lab, engine: FakeEngine) -> None:
    keys = bake(opened, engine)
    keep(opened.cache, "nobody", 1)
    keep(opened.cache, "old", 2)
    mark_as(opened, "peer", {WARM: "old"})
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


def test_to_list_is_no_use(opened: Lab, engine: FakeEngine) -> None:
    keys = bake(opened, engine)
    os.utime(opened.cache.root / GOLDEN_VM / keys[GOLDEN_VM] / SEAL, (9, 9))
    store.stored([opened])
    assert {entry.used for entry in opened.cache.entries() if entry.kind == GOLDEN_VM} == {9}


def test_prune_takes_what_nothing_asks_for_and_no_machine_of_any_lab_needs(opened: Lab, engine: FakeEngine) -> None:
    asked = set(bake(opened, engine).values())
    for key in ("nobody", "mine", "other"):
        keep(opened.cache, key, 1)
    for key in ("nobody", "contained"):
        keep(opened.cache, key, 1, MANIFEST)
    mark_as(opened, "lab", {WARM: "mine"})
    mark_as(opened, "peer", {WARM: "other", GOLDEN_VM: "not there"})
    mark_as(opened, "older", {}).write_text("nobody")
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
    assert asked - names(opened) == {key_of(opened.images.inputs(opened.containers.recipe("box")))}, (
        "which Docker holds"
    )
    store.prune([opened], everything=True)
    assert names(opened) == {"mine", "other", "contained"}
    assert list(engine.images) == [f"{GOLDEN_REPOSITORY}:held"]


@pytest.fixture
def peer_at_work(opened: Lab) -> Iterator[None]:
    """Another lab of this host is being changed."""
    lock = opened.settings.home / "locks" / "peer"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def test_prune_leaves_what_another_lab_may_be_starting_from(
    opened: Lab, engine: FakeEngine, peer_at_work: None
) -> None:
    keep(opened.cache, "recent", opened.cache.root.parent.stat().st_mtime)
    keep(opened.cache, "old", 1)
    store.prune([opened], everything=True)
    assert names(opened) == {"recent"}


# -- the limit


def limited(opened: Lab, entries: float) -> tuple[Lab, Said]:
    """The same lab with room for so many entries."""
    settings = Settings(home=opened.settings.home, acceleration="tcg", cache_limit=entries * 1.1 * SIZE / 1e9)
    return Lab(settings, opened.scenario, Quiet()), Said()


def test_what_was_used_longest_ago_goes_until_the_cache_is_within_its_limit(opened: Lab, engine: FakeEngine) -> None:
    asked = set(bake(opened, engine).values()) & names(opened) | {opened.containers.manifest_key("box")}
    for number, key in enumerate(("used", "first", "second", "third"), 1):
        keep(opened.cache, key, number)
    mark_as(opened, "peer", {WARM: "used"})
    bounded, said = limited(opened, len(asked) + 2)
    store.keep_within_limit([bounded], said)
    assert names(opened) == asked | {"used", "third"}
    (line,) = said.lines
    assert "2 of its entries went" in line


def test_a_cache_within_its_limit_is_not_looked_at(opened: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(opened.cache, "nobody", 1)
    bounded, said = limited(opened, 1)
    monkeypatch.setattr(store, "all_requests", lambda labs: pytest.fail("asked"))
    store.keep_within_limit([bounded], said)
    assert names(opened) == {"nobody"}
    assert said.lines == []


def test_a_cache_that_is_all_asked_for_is_told_with_a_cure(opened: Lab, engine: FakeEngine) -> None:
    bake(opened, engine)
    before = names(opened)
    bounded, said = limited(opened, 1)
    store.keep_within_limit([bounded], said)
    assert names(opened) == before
    (line,) = said.lines
    assert "all of it is asked for or in use" in line
    assert "LAB_CACHE_LIMIT" in line
    assert "images prune --all" in line


def test_disk_use_counts_the_cache(opened: Lab, engine: FakeEngine) -> None:
    bake(opened, engine)
    keep(opened.cache, "nobody", 1)
    use = store.disk_use(opened.settings, store.stored([opened]))
    assert use.limit == 20e9
    assert use.free > 0
    assert use.size == sum(entry.size for entry in opened.cache.entries())
    assert use.wanted == sum(entry.size for entry in opened.cache.entries() if entry.key != "nobody")
    assert store.disk_use(Settings(home=opened.settings.home / "not" / "there"), []).free > 0


def test_only_a_lab_that_baked_bounds_the_cache(
    opened: Lab, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    bake(opened, engine)
    bounded: list[list[Lab]] = []
    monkeypatch.setattr(store, "keep_within_limit", lambda labs, progress: bounded.append(labs))
    monkeypatch.setattr(store, "every_lab", lambda settings, progress: [opened])
    store.limit_growth(opened.settings, Quiet(), baked=opened.bake())
    assert bounded == [], "everything was there"
    monkeypatch.setattr(Images, "ensure", lambda images, recipes: True)
    store.limit_growth(opened.settings, Quiet(), baked=opened.bake())
    assert bounded == [[opened]]


def test_a_state_that_two_scenarios_share_is_kept_once(opened: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[WarmState] = []

    def ensure(state: WarmState) -> bool:
        kept.append(state)
        return True

    monkeypatch.setattr(Images, "ensure", lambda images, recipes: False)
    monkeypatch.setattr(WarmState, "ensure", ensure)
    larger = {"vm": VmSpec(roles=("web",), memory=2048)}
    one = opened.scenario
    scenarios = [one, structs.replace(one, name="twin"), structs.replace(one, machines=larger)]
    labs = [Lab(opened.settings, scenario, Quiet()) for scenario in scenarios]
    assert lab.bake(labs)
    assert len(kept) == 2


@pytest.mark.parametrize("limit", [" ", "0", "0.0", "-1", "1e3", "many", "nan", "20 GB"])
def test_a_limit_that_is_no_number_of_gigabytes_is_told(limit: str) -> None:
    with pytest.raises(UsageError, match="LAB_CACHE_LIMIT is"):
        load_settings({"LAB_CACHE_LIMIT": limit})


def test_the_limit_is_in_gigabytes() -> None:
    assert load_settings({}).cache_limit == 20
    assert load_settings({"LAB_CACHE_LIMIT": "7.5"}).cache_limit == 7.5


# -- explained


def test_what_is_asked_for_is_explained_by_who_asks_and_who_needs_it(opened: Lab, engine: FakeEngine) -> None:
    keys = bake(opened, engine)
    mark_as(opened, "peer", {WARM: keys[WARM]})
    found = explain.explain([opened], keys[WARM][:10])
    assert (found.kind, found.key, found.wanted, found.used) == (WARM, keys[WARM], True, True)
    assert found.asked_by == [explain.Asker(scenario="scenario-7", machine="vm")]
    assert found.used_by == ["peer-scenario-1-vm"]
    assert (found.why, found.changed) == ("", [])
    assert found.inputs == opened.vms.warm("vm").inputs()
    base = explain.explain([opened], keys["base"])
    assert [asker.machine for asker in base.asked_by] == ["vm", "box"]


def test_the_version_of_ansible_is_the_installed_one() -> None:
    assert ansible_version() == version("ansible-core")


def test_what_is_edited_while_it_is_baked_is_not_kept(opened: Lab, role: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened.images, "machines_of", lambda recipes: nullcontext([]))
    monkeypatch.setattr(playbook, "converge", lambda *_: role.write_text("two"))
    with pytest.raises(ProvisionError, match=r"roles/web/main\.yml changed while it was baked"):
        opened.images.ensure([opened.containers.recipe("box")])


@pytest.mark.parametrize("baked", [False, True], ids=["before it is baked anew", "after"])
@pytest.mark.parametrize("kind", [GOLDEN_VM, GOLDEN_REPOSITORY, WARM])
def test_a_changed_role_explains_what_is_not_asked_for_any_more(
    opened: Lab, engine: FakeEngine, role: Path, kind: str, baked: bool
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


def test_what_else_is_not_asked_for_is_explained(opened: Lab, engine: FakeEngine, role: Path) -> None:
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


def test_a_key_must_be_there_and_alone(opened: Lab, engine: FakeEngine) -> None:
    for key in ("abc1", "abc2"):
        keep(opened.cache, key, 1)
    with pytest.raises(UsageError, match="'f' is neither the beginning of a key nor a scenario") as caught:
        explain.explain([opened], "f")
    assert "images list" in caught.value.cure
    with pytest.raises(UsageError, match="2 keys begin with 'abc': abc1, abc2"):
        explain.explain([opened], "abc")
    assert explain.explain([opened], "abc2").key == "abc2"


def test_the_chain_of_a_scenario_tells_what_is_there_and_why_the_rest_will_be_built(
    opened: Lab, engine: FakeEngine, role: Path
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


def test_screens_tell_it(opened: Lab, engine: FakeEngine, role: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = bake(opened, engine)
    opened = edit(opened, role, "two")
    screen = Views()
    found = store.stored([opened])
    screen.stored(found)
    screen.disk_use(store.disk_use(opened.settings, found))
    screen.explanation(explain.explain([opened], keys[GOLDEN_VM]))
    screen.chains(explain.chains([opened], opened))
    said = capsys.readouterr().out
    assert "in use" in said
    assert "its limit is 20 GB" in said
    assert "No scenario asks for it any more: roles/web/main.yml changed." in said
    assert f"roles/web/main.yml changed since {keys[GOLDEN_VM]}" in said
    assert "1 file" in said


def test_what_was_baked_for_a_scenario_is_forgotten_and_the_base_stays(opened: Lab, engine: FakeEngine) -> None:
    store.forget(opened)  # nothing is there yet, and nothing is known of what will be
    keys = bake(opened, engine)
    store.forget(opened)
    assert [(each.kind, each.key) for each in opened.cache.entries()] == [("base", keys["base"])]
    assert [tag for tag in engine.images if tag.startswith(GOLDEN_REPOSITORY)] == []
