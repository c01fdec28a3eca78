"""A lab with a cache that keeps what the tests ask for."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import cast

from provisioning.deployment import Deployment
from provisioning.images.cache import SEAL, Cache, key_of
from provisioning.images.golden_container import GOLDEN_REPOSITORY
from provisioning.images.golden_vm import BUILD, GOLDEN_VM
from provisioning.images.warm import WARM
from provisioning.machines.vm.places import USES
from provisioning.names import INPUTS_LABEL
from provisioning.proof.comparison import MANIFEST
from tests.unit.fakes import FakeEngine

SIZE = 100_000
"""Bytes of each entry of the tests' cache, but for what the file system rounds up."""


def edit(opened: Deployment, role: Path, text: str) -> Deployment:
    """Write the role's file; the lab as the next call of the program finds it."""
    role.write_text(text)
    return Deployment(opened.settings, opened.scenario, opened.progress)


def fill(folder: Path) -> None:
    (folder / "file").write_bytes(os.urandom(SIZE))


def bake(opened: Deployment, engine: FakeEngine) -> dict[str, str]:
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
    keys[WARM] = opened.vms.warm("vm").key()
    opened.vms.warm("vm").keep(fill)
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


def use_as(opened: Deployment, owner: str, uses: dict[str, str]) -> Path:
    file = opened.settings.home / "run" / owner / "vagrant" / "scenario-1-vm" / USES
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(uses))
    return file


def keys_of(opened: Deployment) -> set[str]:
    """Return the keys of what the cache keeps."""
    return {entry.key for entry in opened.cache.entries()}
