"""Every lab verifies itself: up, run, check, each task and check proven, down. A folder under `labs/` is enough."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import pytest

from provisioning.scenario.load import find_scenarios
from provisioning.settings import REPOSITORY
from tests.engine.conftest import LAB, lab, leftovers

LONG = ("scenario-9", "scenario-12")
SCENARIOS = sorted(find_scenarios(REPOSITORY / "labs"), key=lambda name: name not in LONG)
"""What takes longest begins, each in a worker of its own, so that no worker is left with it at the end: scenario 9 took
1300 s, all others together 1600 s (two cores, emulated)."""
LABS = (f"{LAB}a", f"{LAB}b")
"""Two side by side: an emulated VM keeps one processor busy."""

Verified = Mapping[str, "Future[subprocess.CompletedProcess[str]]"]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def verified(reports: Path) -> Iterator[Verified]:
    """What becomes of each scenario's `verify`."""
    lab("down", "--all")
    for name in LABS:  # verify leaves alone what is up, as after a run of the tests that was killed
        lab("down", "--all", env={"LAB_NAME": name})
    built = lab("images", "build", "--yes", timeout=3000)  # once, and not by both at the same time
    assert built.returncode == 0, built.stderr
    free: SimpleQueue[str] = SimpleQueue()
    for name in LABS:
        free.put(name)

    def verify(scenario: str) -> subprocess.CompletedProcess[str]:
        name = free.get()
        try:
            return lab("verify", scenario, "--junit", str(reports), env={"LAB_NAME": name}, timeout=3600)
        finally:
            free.put(name)

    with ThreadPoolExecutor(len(LABS)) as pool:
        yield {scenario: pool.submit(verify, scenario) for scenario in SCENARIOS}
    for name in LABS:
        lab("down", "--all", env={"LAB_NAME": name})


def _what_went_wrong(done: subprocess.CompletedProcess[str]) -> str:
    """Verdicts, timings and the error; neither the evidence nor the progress, which would fill a log."""
    lines = [*done.stdout.splitlines(), *done.stderr.splitlines()]
    return "\n".join(["", *(line for line in lines if line.startswith(("✘", "✔", "•", "  ")))][-60:])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_it_verifies_itself(
    scenario: str, verified: Verified, reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = verified[scenario].result()
    with capsys.disabled():
        print("", *done.stdout.splitlines()[-1:], flush=True)  # with its time, for CI's log
    if done.returncode:
        pytest.fail(_what_went_wrong(done), pytrace=False)
    assert (reports / f"{scenario}.xml").is_file()


def test_nothing_is_left_of_them(verified: Verified) -> None:
    for done in verified.values():
        done.result()
    assert [leftovers(name) for name in LABS] == [{}, {}]
