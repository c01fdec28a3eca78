"""Nothing lost, nothing left: a short sample of the harness in `survival.py`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from provisioning.settings import Settings
from tests.engine.conftest import LAB
from tests.engine.survival import Fault, World, plan

FAULTS = plan(20261125, 9, 1, own_home=False)


@pytest.fixture(scope="module")
def world(host: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(LAB, Settings.home, tmp_path_factory.mktemp("scenarios"), "[common]")
    try:
        world.measure()
        yield world
    finally:
        world.end()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.what} in {fault.during}, then {fault.cure}")
def test_one_verb_puts_it_right(world: World, fault: Fault) -> None:
    assert world.strike(fault).wrong == ()


def test_the_lab_knows_its_volumes_after_a_restart_of_docker(world: World) -> None:
    world.enter("up")
    world.restart("docker")
    world.enter("up")
    assert world.not_up() == []


def test_the_harness_sees_what_is_wrong(world: World) -> None:
    world.enter("up")
    world.opened.containers.engine().remove_container(f"{LAB}-scenario-1-beta")
    world.opened.machine("vm").exec(["date", "-s", "2001-01-01"])
    world.opened.machine("alpha").exec(["rm", "/notes/note"])
    said = " ".join(world.not_up())
    assert "status tells" in said and "vm is" in said and "lost its note" in said
    assert any(each.startswith("containers left") for each in world.not_down())
    world.enter("down")
    world.enter("up")
    world.write_note()
