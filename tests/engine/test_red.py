"""The world is broken on purpose, and the check that watches it goes red with a sentence a learner understands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.conftest import LAB, lab, lab_json, sh

ALPHA = f"{LAB}-scenario-3-alpha"


def red(scenario: str) -> dict[str, str]:
    """The checks that fail, with what they say."""
    return {
        verdict["check"].partition("::")[2]: verdict["message"]
        for verdict in lab_json("check", scenario)
        if not verdict["passed"]
    }


@pytest.fixture
def alpha_remade(scenario3: None) -> Iterator[None]:
    """Takes alpha away, and brings the scenario back afterwards."""
    sh("docker", "rm", "--force", ALPHA)
    yield
    assert lab("reset", "scenario-3").returncode == 0
    assert red("scenario-3") == {}


def run_alpha(*options: str) -> None:
    """Start alpha again by hand, with options the lab would never give it."""
    labels = [f"--label=lab.name={LAB}", "--label=lab.scenario=scenario-3", "--label=lab.machine=alpha"]
    image = sh("docker", "inspect", "--format", "{{.Config.Image}}", f"{LAB}-scenario-3-beta").strip()
    sh("docker", "run", "--detach", "--init", f"--name={ALPHA}", *labels, *options, image, "sleep", "infinity")


def test_a_container_with_the_hosts_pid_namespace(alpha_remade: None) -> None:
    run_alpha("--pid=host")
    found = red("scenario-3")
    assert "test_container_has_a_pid_namespace_of_its_own[alpha]" in found
    assert "pid namespace" in found["test_container_has_a_pid_namespace_of_its_own[alpha]"]
    assert not any("[beta]" in check for check in found)


def test_a_container_with_power_over_the_kernel(alpha_remade: None) -> None:
    run_alpha("--cap-add=SYSLOG", "--cap-add=SYS_TIME", "--security-opt=systempaths=unconfined")
    found = red("scenario-3")
    assert "test_containers_root_does_not_rule_the_kernel[alpha]" in found
    assert "test_container_may_not_change_the_kernel[alpha]" in found


def test_a_machine_that_is_gone_is_a_sentence_not_a_traceback(scenario3: None) -> None:
    sh("docker", "kill", f"{LAB}-scenario-3-beta")
    done = lab("check", "scenario-3")
    assert done.returncode == 4
    assert "beta" in done.stderr
    assert "Traceback" not in done.stderr
