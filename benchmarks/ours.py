"""The lab as its user runs it, under a name of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from provisioning.deployment import Deployment, down
from provisioning.images.warm import WARM
from provisioning.progress import Progress, Quiet
from provisioning.scenario.load import folder_of, load_scenario
from provisioning.settings import REPOSITORY, Settings, load_settings

SCENARIO = "scenario-3"
"""A VM and two containers of one role."""
OWN_MEMORY = 520
"""MiB of a VM whose warm state no other lab has kept."""
CROWD = "scenario-1"
"""The name of a scenario that is written for a benchmark."""


NAME = "labbench"
"""The name of the benchmarks' lab."""


def environment(scenarios: Path | None = None, name: str = NAME) -> dict[str, str]:
    """The environment of `lab.py`, whose byte code is kept as that of the installed peers is."""
    found = {**os.environ, "LAB_NAME": name}
    found.pop("PYTHONDONTWRITEBYTECODE", None)
    return found | ({"LAB_SCENARIOS": str(scenarios)} if scenarios else {})


def lab(*argv: str, scenarios: Path | None = None, name: str = NAME) -> bytes:
    """One call of `lab.py`, as a process. Return its standard output."""
    command = [sys.executable, "lab.py", *argv]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment(scenarios, name), check=True, capture_output=True)
    return done.stdout


def opened(scenario: str = SCENARIO, scenarios: Path | None = None, progress: Progress | None = None) -> Deployment:
    """The lab of a scenario, to ask it for names and images."""
    settings = load_settings(environment(scenarios))
    return Deployment(settings, load_scenario(folder_of(settings.scenarios, scenario)), progress or Quiet())


def clear(settings: Settings) -> None:
    """Remove every machine of a benchmark's lab."""
    down(settings, "", Quiet())


def containers() -> dict[str, Any]:
    """The containers of :data:`SCENARIO`, as its file describes them."""
    machines = yaml.safe_load((load_settings().scenarios / SCENARIO / "scenario.yml").read_text())["machines"]
    return {name: machine for name, machine in machines.items() if machine["kind"] == "container"}


@contextmanager
def as_own() -> Iterator[Path]:
    """A folder of scenarios that holds :data:`SCENARIO`, whose VM's warm state this lab keeps itself.

    So it is on a host with one lab. A state that another lab kept is told another name and address at each start.
    """
    with TemporaryDirectory() as root:
        folder = Path(shutil.copytree(load_settings().scenarios / SCENARIO, Path(root) / SCENARIO))
        file = folder / "scenario.yml"
        own, count = re.subn(r"(kind: vm, memory:) \d+", rf"\1 {OWN_MEMORY}", file.read_text())
        assert count == 1, "the scenario has one VM"  # noqa: S101
        file.write_text(own)
        try:
            yield Path(root)
        finally:
            deployment = opened(scenarios=Path(root))
            clear(deployment.settings)
            for name in deployment.vms.specs:
                deployment.cache.remove(WARM, deployment.vms.warm(name).key())


@contextmanager
def written(machines: Mapping[str, Any]) -> Iterator[Path]:
    """A folder of scenarios that holds one, :data:`CROWD`, with these machines."""
    with TemporaryDirectory() as root:
        folder = Path(root) / CROWD
        folder.mkdir()
        step = {"id": "who", "title": "Who", "script": "who.sh", "on": [next(iter(machines))], "proves": "A name."}
        scenario = {"title": "Benchmark", "summary": "Machines.", "claims": ["C1"]}
        (folder / "scenario.yml").write_text(json.dumps({**scenario, "machines": machines, "steps": [step]}))
        (folder / "lesson.en.md").write_text("# Benchmark\n")
        (folder / "who.sh").write_text("uname -n\n")
        yield Path(root)
