"""Nothing lost, nothing left: the driver is killed at moments spread over its work, and one verb puts things right."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from provisioning.settings import REPOSITORY
from tests.engine.conftest import LAB, lab, lab_json, leftovers

SEED = 20261124


def kill_after(seconds: float, *argv: str) -> None:
    """Start `lab.py`, and end it with SIGKILL after so many seconds, whatever it does then."""
    driver = subprocess.Popen(
        [sys.executable, str(REPOSITORY / "lab.py"), *argv],
        env={**os.environ, "LAB_NAME": LAB},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        driver.wait(seconds)
    except subprocess.TimeoutExpired:
        os.kill(driver.pid, signal.SIGKILL)
        driver.wait()


def moments(longest: float, count: int) -> list[float]:
    """Seeded moments, one in each of ``count`` equal parts of ``longest`` seconds."""
    chance = random.Random(SEED)  # noqa: S311 (moments, not secrets)
    return [round((part + chance.random()) * longest / count, 2) for part in range(count)]


@pytest.mark.parametrize("seconds", moments(4.0, 4))
def test_up_after_a_killed_up(scenario3: None, seconds: float) -> None:
    assert lab("down", "--all").returncode == 0
    kill_after(seconds, "up", "scenario-3", "--yes")
    done = lab("up", "scenario-3", "--yes")
    assert done.returncode == 0, done.stderr
    assert lab("check", "scenario-3").returncode == 0


@pytest.mark.parametrize("seconds", moments(4.0, 4))
def test_down_after_a_killed_up(scenario3: None, seconds: float) -> None:
    assert lab("down", "--all").returncode == 0
    kill_after(seconds, "up", "scenario-3", "--yes")
    assert lab("down", "--all").returncode == 0
    assert leftovers() == {}


@pytest.mark.parametrize("seconds", moments(3.0, 3))
def test_reset_after_a_killed_reset(scenario3: None, seconds: float) -> None:
    kill_after(seconds, "reset", "scenario-3")
    done = lab("reset", "scenario-3")
    assert done.returncode == 0, done.stderr
    assert {machine["state"] for machine in lab_json("status")} == {"running"}


def test_interrupt_ends_in_a_sentence(scenario3: None) -> None:
    assert lab("down", "--all").returncode == 0
    driver = subprocess.Popen(
        [sys.executable, str(REPOSITORY / "lab.py"), "up", "scenario-3"],
        env={**os.environ, "LAB_NAME": LAB},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    time.sleep(1.5)
    os.killpg(driver.pid, signal.SIGINT)
    _, said = driver.communicate(timeout=60)
    assert driver.returncode == 130
    assert "Traceback" not in said
    assert lab("down", "--all").returncode == 0
    assert leftovers() == {}
