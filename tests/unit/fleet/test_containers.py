"""What a container carries. Docker Engine alone is a fake."""

from __future__ import annotations

from provisioning.deployment import Deployment
from provisioning.names import MANIFEST_LABEL
from tests.unit.fakes import FakeEngine
from tests.unit.kept import bake


def test_a_container_carries_the_key_of_its_manifest(opened: Deployment, engine: FakeEngine) -> None:
    bake(opened, engine)
    assert opened.containers.start() == {"box": opened.containers.manifest_key("box")}
    assert engine.created == {MANIFEST_LABEL: opened.containers.manifest_key("box")}
