"""Steps run on the host alone, which every machine is compared with."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from provisioning.errors import UsageError
from provisioning.lesson.steps import Evidence, Stage, run_steps
from provisioning.machines.command import EXCERPT
from provisioning.machines.host import Host
from provisioning.progress import Quiet
from provisioning.scenario.model import Scenario, Step


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


@pytest.mark.parametrize("line", ["#!/usr/bin/nope", "#! /usr/bin/nope -x", "#!/usr/bin/env nope", '#!/usr/bin/nope "'])
def test_an_interpreter_that_is_not_there_is_a_red_step(scenario: Scenario, line: str) -> None:
    evidence = ran(scenario, f"{line}\necho ran")
    assert (evidence.status, evidence.ok, evidence.stdout) == (127, False, "")
    assert "No such file" in evidence.stderr


@pytest.mark.parametrize("line", ["#!", "#! ", "#!\t", "# nothing", ""])
def test_a_first_line_that_names_nothing_is_the_shells(scenario: Scenario, line: str) -> None:
    assert ran(scenario, f"{line}\necho ran").stdout == "ran\n"


def test_what_follows_the_interpreter_is_one_argument(scenario: Scenario) -> None:
    assert ran(scenario, "#!/usr/bin/env -S python3 -O\nprint(__debug__)").stdout == "False\n"


def test_evidence_tells_how_much_of_it_was_left_out(scenario: Scenario) -> None:
    evidence = ran(scenario, "head -c 3000000 /dev/zero; echo why >&2")
    assert evidence.cut == 3_000_000 - EXCERPT
    assert "3,000,000 bytes in all" in evidence.stdout
    assert len(evidence.stdout) < EXCERPT + 100


PLOTS = '[{"title": "t", "unit": "s", "kind": "samples", "series": {"a": [1]}}]'


@pytest.mark.parametrize(
    "script",
    [f"echo '{PLOTS}' >$LAB_DATA", f"echo '{PLOTS}' >$LAB_DATA.new; mv $LAB_DATA.new $LAB_DATA", "rm $LAB_DATA", ":"],
    ids=["written", "replaced", "removed", "left"],
)
def test_what_a_step_measured_is_read_however_it_was_written(scenario: Scenario, script: str) -> None:
    assert len(ran(scenario, script).plots) == ("title" in script)


@pytest.mark.parametrize(
    "script",
    [
        "rm $LAB_DATA; mkdir $LAB_DATA; touch $LAB_DATA/x",
        "rm $LAB_DATA; mkfifo $LAB_DATA",
        "ln -sf /etc/passwd $LAB_DATA",
        "ln -sf $LAB_DATA.loop $LAB_DATA; ln -s $LAB_DATA $LAB_DATA.loop",
        "ln -sf /dev/zero $LAB_DATA",
        "head -c 5000000 /dev/zero >$LAB_DATA",
        "truncate -s 1T $LAB_DATA",
        "printf '\\377\\376' >$LAB_DATA",
        "echo '[' >$LAB_DATA",
    ],
)
def test_bad_data_are_a_sentence_and_the_steps_before_are_kept(scenario: Scenario, script: str) -> None:
    (scenario.folder / "good").write_text("echo good")
    (scenario.folder / "bad").write_text(script)
    steps = tuple(Step(id=name, title=name, script=name, on=("host",), proves="") for name in ("good", "bad"))
    kept: list[list[Evidence]] = []
    stage = Stage(msgspec.structs.replace(scenario, steps=steps), {"host": Host()}, "lab", {})
    with pytest.raises(UsageError, match="data of step 'bad'"):
        run_steps(stage, Quiet(), lambda step: None, kept.append)
    assert [each.step for [each] in kept] == ["good"]


@pytest.mark.parametrize("content", [b"echo \xff", None], ids=["no UTF-8", "gone"])
def test_a_script_that_cannot_be_read_is_a_sentence(scenario: Scenario, content: bytes | None) -> None:
    if content:
        (scenario.folder / "it").write_bytes(content)
    step = Step(id="it", title="It", script="it", on=("host",), proves="")
    stage = Stage(msgspec.structs.replace(scenario, steps=(step,)), {"host": Host()}, "lab", {})
    with pytest.raises(UsageError, match="The script it cannot be read"):
        run_steps(stage, Quiet(), lambda step: None, lambda found: None)


def test_evidence_survives_json(scenario: Scenario) -> None:
    evidence = ran(scenario, "printf '\\377'")
    assert msgspec.json.decode(msgspec.json.encode(evidence), type=Evidence) == evidence
