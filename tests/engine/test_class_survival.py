"""A class whose program is killed: a short sample of the harness in `class_survival.py`, with one seat."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from provisioning import names
from tests.engine.class_survival import Fault, World
from tests.engine.conftest import LAB

SEAT = names.of_seat(LAB, 1)


@pytest.fixture(scope="module")
def world(host: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(LAB, tmp_path_factory.mktemp("scenarios"), 1)
    world.lab("down")
    try:
        world.kill(world.argv("up"), at="Creating instance")
        world.kill(world.argv("up"), at="Snapshotting instance")
        world.lab(*world.argv("up"))
        world.meet()
        world.lab(*world.argv("serve"))
        yield world
    finally:
        world.lab("down")


def test_up_that_was_killed_again_and_again(world: World) -> None:
    assert world.not_up() == []


def test_reset_that_was_killed(world: World) -> None:
    assert world.strike(Fault("kill", "reset", at="Restoring snapshot")).wrong == ()


def test_a_check_that_was_killed_loses_no_verdict(world: World) -> None:
    assert world.strike(Fault("kill", "check", at="Updating instance")).wrong == ()


def test_a_seat_whose_start_was_killed_is_green(world: World) -> None:
    world.engine.call("stop", "--force", SEAT)
    world.kill(world.argv("up"), at="Starting instance")
    assert "is new" not in world.lab(*world.argv("up"))
    assert world.not_up() == []


def test_what_is_gone_is_made_anew_and_a_seat_is_said_to_be_new(world: World) -> None:
    """Before that, the harness sees what is wrong."""
    world.in_seat(1, "docker rm --force lab-scenario-99-box")
    for what in ("porter killed", "proxy killed", "filter flushed"):
        world.break_(what)
    said = " ".join(world.not_up())
    for part in ("walls", "not green", "0 proxies", "processes are the gate"):
        assert part in said
    world.break_("seat deleted")
    assert f"{SEAT} is new." in world.lab(*world.argv("up"))
    assert world.not_up() == []


def test_nothing_is_left_after_down_that_was_killed(world: World) -> None:
    left = " ".join(world.not_down())
    for part in (SEAT, "network-acls", "table", "process"):
        assert part in left, "the harness sees nothing"
    (world.settings.run / "seat-half").mkdir()  # what is left of a golden seat whose making was killed
    world.kill(world.argv("down"), at="Deleting instance")
    world.lab("down")
    assert world.not_down() == []
