"""Steps run on the host alone, which every machine is compared with."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from provisioning.machines.host import Host
from provisioning.progress import Quiet
from provisioning.scenario import Scenario, Step
from provisioning.steps import Evidence, Stage, run_steps


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    return Scenario(name="scenario-7", folder=tmp_path, title="", summary="", claims=(), machines={}, steps=())


def ran(scenario: Scenario, script: str, expect: int | None = 0) -> Evidence:
    (scenario.folder / "it").write_text(script)
    step = Step(id="it", title="It", script="it", on=("host",), proves="It runs.", expect=expect)
    once = msgspec.structs.replace(scenario, steps=(step,))
    return run_steps(Stage(once, {"host": Host()}, "lab", {}), Quiet(), lambda step: None, lambda found: None)[0]


def test_a_script_is_told_where_it_runs(scenario: Scenario) -> None:
    evidence = ran(scenario, "echo $LAB_PREFIX $LAB_SCENARIO $LAB_MACHINE $LAB_KIND; echo why >&2")
    assert evidence.stdout == "lab scenario-7 host host\n"
    assert evidence.stderr == "why\n"
    assert evidence.ok


def test_the_interpreter_named_on_the_first_line_runs_it(scenario: Scenario) -> None:
    assert ran(scenario, "#!/usr/bin/env python3\nprint(6 * 7)").stdout == "42\n"


@pytest.mark.parametrize(("expect", "ok"), [(0, False), (3, True), (None, True)])
def test_the_status_expected_decides(scenario: Scenario, expect: int | None, ok: bool) -> None:
    evidence = ran(scenario, "exit 3", expect)
    assert (evidence.status, evidence.ok) == (3, ok)


def test_places_run_side_by_side(scenario: Scenario, tmp_path: Path) -> None:
    """Each of the two waits until the other has begun."""
    meet = f"touch {tmp_path}/$LAB_MACHINE; until [ -e {tmp_path}/a ] && [ -e {tmp_path}/b ]; do sleep 0.01; done"
    (scenario.folder / "meet.sh").write_text(meet)
    step = Step(id="meet", title="Meet", script="meet.sh", on=("a", "b"), proves="Both began.", timeout=20)
    shown: list[list[Evidence]] = []
    machines = {name: Host(name=name) for name in ("a", "b")}
    evidence = run_steps(
        Stage(msgspec.structs.replace(scenario, steps=(step,)), machines, "lab", {}),
        Quiet(),
        lambda step: None,
        shown.append,
    )
    assert [each.machine for each in evidence] == ["a", "b"]
    assert shown == [evidence]


def test_evidence_survives_json(scenario: Scenario) -> None:
    evidence = ran(scenario, "printf '\\377'")
    assert msgspec.json.decode(msgspec.json.encode(evidence), type=Evidence) == evidence
