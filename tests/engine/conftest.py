"""Real engines for the tests: a lab of its own name, set up and taken down through the command line alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from provisioning.deployment import Deployment
from provisioning.progress import Quiet
from provisioning.scenario.load import load_scenario
from provisioning.seats.keeper import USER
from provisioning.seats.serving import Serving
from provisioning.settings import REPOSITORY, Settings, load_settings

LAB = "labtest"
PATIENCE = 120.0
"""Seconds after which what is awaited will not come."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.engine)


def lab(
    *argv: str, env: dict[str, str] | None = None, timeout: float = 900, piped: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `lab.py` as a user would, without a terminal, on the tests' own lab; ``piped`` is its standard input."""
    return subprocess.run(
        [sys.executable, str(REPOSITORY / "lab.py"), *argv],
        env={**os.environ, "LAB_NAME": LAB, **(env or {})},
        input=piped,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def lab_json(*argv: str) -> Any:
    done = lab(*argv, "--json")
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def sh(*argv: str) -> str:
    """What a command of the host prints."""
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def until(question: Callable[[], Any], what: str) -> Any:
    """Return what a question is answered, once that is something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := question():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"this does not come: {what}")


@contextmanager
def in_terminal(*argv: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Have `lab.py` run in a terminal of its own, until it ends. Yield its process and our end of the terminal.

    Whoever closes that end closes the terminal.
    """
    ours, terminal = os.openpty()
    with subprocess.Popen(
        ["setsid", "--ctty", sys.executable, str(REPOSITORY / "lab.py"), *argv],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "LAB_NAME": LAB},
    ) as process:
        os.close(terminal)
        try:
            yield process, ours
        except BaseException:
            process.kill()
            raise


def porter_of(settings: Settings) -> int:
    """Return the process of the part of a class's gate that speaks with the network."""
    return int(sh("pgrep", "--parent", str(Serving(settings).process()), "--euid", str(USER)))


def leftovers(name: str = LAB, home: Path = Settings.home) -> dict[str, list[str]]:
    """Everything of a lab that the engines and the kernel still hold."""
    label = f"label=lab.name={name}"
    virsh = ("virsh", "--quiet", "--connect", "qemu:///system")
    names = {
        "containers": sh("docker", "ps", "--all", "--quiet", "--filter", label).split(),
        "volumes": sh("docker", "volume", "ls", "--quiet", "--filter", label).split(),
        "networks": sh("docker", "network", "ls", "--quiet", "--filter", label).split(),
        "domains": [n for n in sh(*virsh, "list", "--all", "--name").split() if n.startswith(f"{name}-")],
        "virtual networks": [n for n in sh(*virsh, "net-list", "--all", "--name").split() if n == name],
        "pools": [n for n in sh(*virsh, "pool-list", "--all", "--name").split() if n == name],
        "disks": [str(p) for p in (home / "run" / name / "pool").glob("*")],
    }
    return {kind: found for kind, found in names.items() if found}


@pytest.fixture(scope="session", autouse=True)
def host() -> Iterator[None]:
    """The engines run; whatever an earlier run left is gone, and this one leaves nothing."""
    # A shell has what it starts in the background ignore Ctrl-C, and with the tests all that they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    done = lab("setup", "--yes")
    assert done.returncode == 0, done.stderr
    lab("down", "--all")
    for volume in leftovers().get("volumes", []):  # `down` keeps what a learner may want
        sh("docker", "volume", "rm", volume)
    yield
    lab("down", "--all")
    assert leftovers() == {}


@pytest.fixture(scope="session")
def settings() -> Settings:
    return load_settings({"LAB_NAME": LAB})


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that can be a LAB_HOME: its path is short, and QEMU's user may enter it."""
    with TemporaryDirectory(dir="/var/lib", prefix="labtest-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def scenario3(host: None) -> None:
    """Scenario 3 is up; whatever a test did to it before, it is new again."""
    done = lab("up", "scenario-3", "--yes")
    assert done.returncode == 0, done.stderr
    done = lab("reset", "scenario-3")
    assert done.returncode == 0, done.stderr


@pytest.fixture
def opened(scenario3: None, settings: Settings) -> Deployment:
    return Deployment(settings, load_scenario(REPOSITORY / "labs" / "scenario-3"), Quiet())


@pytest.fixture
def progress() -> Quiet:
    return Quiet()
