"""A guest that was loaded from memory has the time, and random numbers that no other one draws."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from provisioning.lab import Lab
from provisioning.machines import libvirt, wake
from tests.engine.conftest import lab

DRAW = "head -c 16 /dev/urandom | od -A n -t x1; date +%s.%N"


def drawn(opened: Lab) -> str:
    """What the guest draws at random, its clock being right at that moment."""
    began = time.time()
    numbers, now = opened.machine("vm").exec(["sh", "-c", DRAW]).stdout.splitlines()
    assert began - 1 < float(now) < time.time() + 1
    return numbers


def test_two_resets_draw_different_numbers_at_the_right_time(opened: Lab) -> None:
    first = drawn(opened)
    assert lab("reset", "scenario-3").returncode == 0
    assert drawn(opened) != first


def test_without_the_port_libvirt_s_agent_wakes_the_guest(opened: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(path: str, told: Mapping[str, str], late: float, deadline: float) -> None:
        raise PermissionError(path)

    domain = opened.place("vm").domain
    opened.machine("vm").exec(["date", "-s", "2001-01-01"])
    monkeypatch.setattr(wake, "_through_port", forbidden)
    wake.tell(domain, libvirt.running(domain), wake.SETTLE | wake.AWAKE, time.monotonic() + 60)
    drawn(opened)
