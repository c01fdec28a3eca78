"""More seats than fit are refused in a sentence that tells how many do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from provisioning.errors import HostError
from provisioning.scenario.model import ContainerSpec, MachineSpec, Scenario, VmSpec
from provisioning.seats.admission import AT_REST, EMULATOR, IDS, Limits, Room, admit, fitting, memory_of

LIMITS = Limits(memory=1000, disk=2000, processes=100)
PLENTY = Room(memory=30_000, disk=60_000, processes=3000, ids=30 * IDS, addresses=30)


def scenario(**machines: MachineSpec) -> Scenario:
    return Scenario(
        name="scenario-1", folder=Path(), title="", summary="", claims=(), machines=machines, steps=(), tasks=()
    )


def test_all_that_is_there_is_used() -> None:
    admit(30, LIMITS, PLENTY)
    with pytest.raises(HostError, match="31 more seats do not fit on this host, 30 do"):
        admit(31, LIMITS, PLENTY)


@pytest.mark.parametrize(
    ("scarce", "room"),
    [
        ("memory", replace(PLENTY, memory=2999)),
        ("disk", replace(PLENTY, disk=5999)),
        ("processes", replace(PLENTY, processes=299)),
        ("user ids", replace(PLENTY, ids=3 * IDS - 1)),
        ("addresses", replace(PLENTY, addresses=2)),
    ],
)
def test_what_there_is_too_little_of_is_named(scarce: str, room: Room) -> None:
    fit, told = fitting(LIMITS, room)
    assert fit == 2
    assert told.startswith(f"{scarce}: ")
    with pytest.raises(HostError, match=f"3 more seats do not fit on this host, 2 do .{scarce}: "):
        admit(3, LIMITS, room)


def test_a_host_that_has_promised_more_than_it_has_takes_none() -> None:
    with pytest.raises(HostError, match="0 do"):
        admit(1, LIMITS, replace(PLENTY, memory=-500))


def test_a_seat_has_memory_for_the_largest_of_its_scenarios() -> None:
    one, two = scenario(vm=VmSpec(memory=512)), scenario(a=VmSpec(memory=512), b=VmSpec(memory=256), c=ContainerSpec())
    assert memory_of([one]) == AT_REST + 512 + EMULATOR
    assert memory_of([one, two]) == AT_REST + 768 + 2 * EMULATOR
    assert memory_of([scenario(c=ContainerSpec())]) == AT_REST
