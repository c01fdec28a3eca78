"""The world is broken on purpose, and the check that watches it goes red with a sentence a learner understands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.conftest import LAB, lab, lab_json, sh

ALPHA = f"{LAB}-scenario-3-alpha"


def red(scenario: str) -> dict[str, str]:
    """The checks that fail, with what they say."""
    verdicts = lab_json("check", scenario)["verdicts"]
    return {v["check"].partition("::")[2]: v["message"] for v in verdicts if not v["passed"]}


def run_by_hand(scenario: str, machine: str, image: str, *options: str, command: tuple[str, ...]) -> None:
    """Start a container in the place of a scenario's machine, as the lab would never do it."""
    labels = [f"--label=lab.name={LAB}", f"--label=lab.scenario={scenario}", f"--label=lab.machine={machine}"]
    name = f"--name={LAB}-{scenario}-{machine}"
    sh("docker", "run", "--detach", "--init", name, *labels, *options, image, *command)


def image_of(container: str) -> str:
    return sh("docker", "inspect", "--format", "{{.Config.Image}}", container).strip()


@pytest.fixture
def alpha_remade(scenario3: None) -> Iterator[None]:
    """Takes alpha away, and brings the scenario back afterwards."""
    sh("docker", "rm", "--force", ALPHA)
    yield
    assert lab("reset", "scenario-3").returncode == 0
    assert red("scenario-3") == {}


def run_alpha(*options: str) -> None:
    image = image_of(f"{LAB}-scenario-3-beta")
    run_by_hand("scenario-3", "alpha", image, *options, command=("sleep", "infinity"))


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


@pytest.fixture
def up(request: pytest.FixtureRequest) -> Iterator[str]:
    """A scenario that is up and green; it is taken down afterwards."""
    scenario = str(request.param)
    assert lab("up", scenario, "--yes").returncode == 0
    assert red(scenario) == {}
    yield scenario
    assert lab("down", scenario).returncode == 0


@pytest.mark.parametrize("up", ["scenario-2"], indirect=True)
def test_a_volume_that_is_not_mounted(up: str) -> None:
    writer = f"{LAB}-{up}-writer"
    image = image_of(writer)
    sh("docker", "rm", "--force", writer)
    run_by_hand(up, "writer", image, command=("sh", "-c", "mkdir /data; sleep inf"))
    found = red(up)
    assert "Nothing is mounted at /data" in found["test_volume_is_mounted_in_writer"]
    assert "do not share the volume" in found["test_volume_is_shared"]


@pytest.mark.parametrize("up", ["scenario-4"], indirect=True)
def test_a_carriage_return_put_back(up: str) -> None:
    box = f"{LAB}-{up}-box"
    sh("docker", "exec", box, "sed", "-i", r"s/$/\r/", "/srv/cured/deploy.sh")
    found = red(up)
    assert "has a byte from Windows come back" in found["test_shebang"]
    # And the other way round: where the damage was cured, the lesson would show nothing.
    sh("docker", "exec", box, "dos2unix", "-q", "/srv/from-windows/loop.sh")
    assert "has the project in /srv/from-windows been cured?" in red(up)["test_loop"]
