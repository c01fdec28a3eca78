"""A learner's way through a scenario is kept as it comes, with this computer as the only machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.deployment import Deployment
from provisioning.errors import MachineError
from provisioning.lesson.results import Outcome
from provisioning.lesson.session import Session, keep_shown
from provisioning.progress import Quiet
from provisioning.scenario.model import Prediction, Scenario, Step, Task
from provisioning.settings import REPOSITORY, Settings

QUESTION = Prediction(question="?", choices=("Yes", "No"))


def session(tmp_path: Path, *scripts: str) -> Session:
    """A scenario of as many steps, on the host, which is kept from call to call."""
    folder = tmp_path / "scenario-7"
    folder.mkdir(exist_ok=True)
    for number, script in enumerate(scripts):
        (folder / f"{number}.sh").write_text(script)
    steps = tuple(
        Step(id=f"s{number}", title="", script=f"{number}.sh", on=("host",), proves="", predict=QUESTION, timeout=0.5)
        for number in range(len(scripts))
    )
    (folder / "test_it.py").write_text(
        "import os\n\n\ndef test_a():\n    pass\n\n\ndef test_b():\n    os._exit(3)\n\n\ndef test_c():\n    pass\n"
    )
    scenario = Scenario(name="scenario-7", folder=folder, title="t", summary="", claims=(), machines={}, steps=steps)
    settings = Settings(home=tmp_path, acceleration="tcg")
    return Session(Deployment(settings, scenario, Quiet()), Quiet())


def kept(of: Session) -> Outcome:
    outcome = of.results.load()
    assert outcome
    return outcome


def outputs(of: Session) -> list[tuple[str, str]]:
    return [(each.step, each.stdout.strip()) for each in kept(of).evidence]


def test_a_step_that_goes_wrong_leaves_what_was_seen_before(tmp_path: Path) -> None:
    run = session(tmp_path, "echo one", "echo two", "sleep 5", "echo four")
    with pytest.raises(MachineError, match="did not end"):
        run.run(lambda step: "Yes", lambda *_: None)
    assert outputs(run) == [("s0", "one"), ("s1", "two")]
    assert kept(run).predictions == {"s0": "Yes", "s1": "Yes", "s2": "Yes"}


def test_a_prediction_is_kept_before_its_step_runs(tmp_path: Path) -> None:
    run = session(tmp_path, "echo one")

    def ask(step: Step) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.run(ask, lambda *_: None)
    assert run.results.load() is None

    def stop(*_: object) -> None:
        assert kept(run).predictions == {"s0": "No"}
        assert outputs(run) == [("s0", "one")]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.run(lambda step: "No", stop)
    assert outputs(run) == [("s0", "one")]


def test_a_later_run_replaces_what_it_saw_anew_alone(tmp_path: Path) -> None:
    session(tmp_path, "echo one", "echo two", "echo three").run(None, lambda *_: None)
    again = session(tmp_path, "echo 1", "sleep 5", "echo 3")
    with pytest.raises(MachineError):
        again.run(lambda step: "Yes", lambda *_: None)
    assert outputs(again) == [("s0", "1"), ("s1", "two"), ("s2", "three")]
    shorter = session(tmp_path, "echo I", "echo II")
    shorter.run(None, lambda *_: None)
    assert outputs(shorter) == [("s0", "I"), ("s1", "II")]
    assert kept(shorter).predictions == {"s0": "Yes", "s1": "Yes"}


def test_a_check_that_ends_pytest_leaves_the_verdicts_before_it(tmp_path: Path) -> None:
    checked = session(tmp_path)
    found, _ = checked.check(None)
    assert not all(verdict.passed for verdict in found)
    assert [(verdict.check, verdict.passed) for verdict in kept(checked).verdicts][:1] == [("test_it.py::test_a", True)]


def test_a_solution_that_was_shown_is_kept_once(tmp_path: Path) -> None:
    of = session(tmp_path)
    task = Task(id="t", title="", goal="", machine="host", check="test_a", hints=("h",), solution="s", wrong=("w", "l"))
    for _ in range(2):
        keep_shown(of.deployment.settings, of.scenario, task, print)
    assert kept(of).solutions == ("t",)


def test_hints_that_are_opened_at_once_are_all_counted(tmp_path: Path) -> None:
    """Ten processes open one hint each."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom types import SimpleNamespace as N\n"
        "from provisioning.lesson.session import open_hint\nfrom provisioning.settings import Settings\n"
        "task = N(id='t', hints=[str(number) for number in range(20)])\n"
        "print(len(open_hint(Settings(home=Path(sys.argv[1])), N(name='s', title='t'), task, print)))\n"
    )
    argv = [sys.executable, "-c", program, str(tmp_path)]
    opened = [subprocess.Popen(argv, cwd=REPOSITORY, stdout=subprocess.PIPE) for _ in range(10)]
    assert sorted(int(process.communicate()[0]) for process in opened) == list(range(1, 11))
