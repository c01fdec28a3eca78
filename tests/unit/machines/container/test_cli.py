"""Containers by the docker command, and programs in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.errors import MachineError, SilentError
from provisioning.machines import command
from provisioning.machines.container import cli as container
from provisioning.machines.container.cli import has_images
from tests.unit.fakes import hangs, stand_in


@pytest.mark.usefixtures("in_haste")
def test_docker_while_the_lab_asks_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs(tmp_path / "docker", monkeypatch)
    for ask in (
        lambda: has_images(["x"]),
        lambda: command.run(["docker"], timeout=1),
    ):
        with pytest.raises(SilentError, match="Docker Engine does not answer"):
            ask()


DOCKER = 'case "$*" in *inspect*) {state};; esac\n{script}'


REFUSALS = [
    "Error response from daemon: container x is not running",
    "Error response from daemon: No such container: x",
    "Error: No such container: x",
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    "error during connect: Get http://x: EOF",
]


@pytest.mark.parametrize("words", REFUSALS)
@pytest.mark.parametrize(
    ("state", "reached"),
    [
        ("echo true false; exit", True),
        ("echo false false; exit", False),
        ("echo true true; exit", False),
        ("exit 1", False),
    ],
    ids=["runs", "stopped", "paused", "gone"],
)
def test_a_container_is_out_of_reach_only_where_the_engine_says_so(
    words: str, state: str, reached: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program in the place of docker prints what docker was seen to print."""
    stand_in(tmp_path / "docker", DOCKER.format(state=state, script=f"echo '{words}' >&2; exit 1"), monkeypatch)
    machine = container.Container("x", "lab-x-x")
    if reached:
        assert machine.exec(["true"]).stderr == f"{words}\n"
    else:
        with pytest.raises(MachineError, match="cannot be reached"):
            machine.exec(["true"])


@pytest.mark.parametrize("status", [0, 1, 126, 127, 137, 255])
def test_a_container_that_says_nothing_of_the_kind_is_not_asked_about(
    status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = f"echo 'Error response from a program' >&2; exit {status}"
    stand_in(tmp_path / "docker", DOCKER.format(state="exit 1", script=script), monkeypatch)
    assert container.Container("x", "lab-x-x").exec(["true"]).status == status
