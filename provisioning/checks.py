"""Prove a scenario's claims: run its testinfra checks in a pytest of their own and gather the verdicts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from provisioning.errors import MachineError, UsageError
from provisioning.machines import Kind
from provisioning.machines.command import bound
from provisioning.scenario import Scenario
from provisioning.settings import REPOSITORY

TARGET_VARIABLE = "LAB_CHECK_TARGET"


class Connection(msgspec.Struct, frozen=True):
    """How testinfra reaches one machine."""

    kind: Kind
    hostspec: str
    """Such as ``docker://lab-scenario-3-alpha``; see testinfra's documentation on connection back ends."""


class CheckTarget(msgspec.Struct, frozen=True):
    """The machines a scenario's checks are about, handed to the pytest that runs them."""

    lab: str
    scenario: str
    connections: Mapping[str, Connection]
    """By name, the ``host`` among them."""
    verdicts: str = ""
    """The file that takes the verdicts as lines of JSON."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one check found."""

    check: str
    title: str
    """The claim, from the first line of the check's docstring."""
    passed: bool
    message: str
    """What is wrong, when it did not pass."""
    seconds: float


def run_checks(
    scenario: Scenario, target: CheckTarget, junit: Path | None, on_verdict: Callable[[Verdict], None]
) -> list[Verdict]:
    """Run the checks of a scenario; ``on_verdict`` sees each verdict as it falls, ``junit`` names an XML file to write.

    Raises:
        UsageError: the scenario has no checks, or pytest cannot read them.
        MachineError: pytest ended before its work was done.
    """
    with TemporaryDirectory() as work:
        verdicts = Path(work) / "verdicts"
        verdicts.touch()
        handed = Path(work) / "target.json"
        handed.write_bytes(msgspec.json.encode(msgspec.structs.replace(target, verdicts=str(verdicts))))
        argv = [sys.executable, "-m", "pytest", "-p", "provisioning.checks_plugin", "--import-mode=importlib"]
        argv += ["--assert=plain", "-p", "no:cacheprovider", "-q", "--tb=short", "-c", os.devnull]
        argv += [f"--rootdir={scenario.folder}", str(scenario.folder)]
        argv += [f"--junit-xml={junit.resolve()}", "-o", f"junit_suite_name={scenario.name}"] if junit else []
        environment = {**os.environ, TARGET_VARIABLE: str(handed), "PYTHONDONTWRITEBYTECODE": "1"}
        with (
            subprocess.Popen(
                bound(argv),
                cwd=REPOSITORY,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            ) as pytest,
            verdicts.open("rb") as file,
        ):
            assert pytest.stdout is not None  # noqa: S101 (asked for above)
            found: list[Verdict] = []
            said = []
            for line in pytest.stdout:
                said.append(line)
                found += _read(file, on_verdict)
            found += _read(file, on_verdict)
            pytest.wait()
    if pytest.returncode not in (0, 1):
        reason = next((line.strip() for line in said if line.startswith("E ")), "".join(said)[-300:].strip())
        if pytest.returncode == 5:
            raise UsageError(
                f"{scenario.name} has no checks.", "Write a test_*.py in its folder; the README shows how."
            )
        if pytest.returncode in (2, 4):
            raise UsageError(f"The checks of {scenario.name} cannot be read: {reason}", "Correct its test_*.py.")
        raise MachineError(f"The checks of {scenario.name} were cut short: {reason}", "Repeat the command.")
    return found


def _read(file: object, on_verdict: Callable[[Verdict], None]) -> list[Verdict]:
    lines = file.readlines()  # type: ignore[attr-defined]
    found = [msgspec.json.decode(line, type=Verdict) for line in lines]
    for verdict in found:
        on_verdict(verdict)
    return found
