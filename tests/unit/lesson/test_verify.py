"""`verify` ends with a verdict on every scenario, whatever goes wrong."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from provisioning.deployment import Deployment, MachineStatus
from provisioning.errors import BusyError, HostError, MachineError, ProvisionError, UsageError
from provisioning.lesson import junit
from provisioning.lesson import verify as verifying
from provisioning.lesson.durations import durations
from provisioning.lesson.junit import Case
from provisioning.lesson.verification import Verification, Verified
from provisioning.lesson.verify import Viewer, verify_all
from provisioning.progress import Quiet
from provisioning.proof.manifest import Difference
from provisioning.scenario.model import Break, Scenario, Step, Task
from provisioning.settings import Settings
from tests.unit.suites import parsed


def test_a_report_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="No space left"):
        junit.write(Path("/dev/full"), "s", [Case("a", "b")])
    found = Verification("s")
    found.proof("all", [])
    verified = found.end(tmp_path / "none" / "s.xml")
    assert (verified.status, len(verified.problems)) == (3, 1)


# -- one scenario

NAME = "scenario-7"


def unseen(scenario: Scenario) -> Viewer:
    return Viewer()


class World:
    """A lab of this computer alone, and what goes wrong in it."""

    def __init__(self, tmp_path: Path, **wrong: BaseException | str) -> None:
        self.wrong = wrong
        self.calls: list[str] = []
        self.found: list[MachineStatus] = []
        self.settings = Settings(home=tmp_path / "home", scenarios=tmp_path, acceleration="tcg")
        folder = tmp_path / NAME
        folder.mkdir()
        file = tmp_path / "file"
        file.touch()
        (folder / "step.sh").write_text("exit 3" if "step" in wrong else "echo it")
        (folder / "test_it.py").write_text(
            f"import os\ndef test_file(): assert os.path.exists({str(file)!r}), 'It is gone.'\n"
            f"def test_ends(): {wrong.get('check', f'assert os.path.exists({str(file)!r})')}\n"
        )
        note = tmp_path / "note"
        (folder / "tasks.py").write_text(f"import os\ndef test_note(): assert os.path.exists({str(note)!r})\n")
        (folder / "right.sh").write_text("true" if "task" in wrong else f"touch {note}")
        (folder / "wrong.sh").write_text("true")
        (folder / "lazy.sh").write_text(str(wrong.get("lazy", "true")).format(note=note))
        task = Task(
            id="note",
            title="t",
            goal="g",
            machine="host",
            check="test_note",
            hints=("h",),
            solution="right.sh",
            wrong=("wrong.sh", "lazy.sh"),
        )
        breaks = Break(machine="host", command=f"rm {file}", checks=("test_it.py::test_file", "test_it.py::test_ends"))
        self.scenario = Scenario(
            name=NAME,
            folder=folder,
            title="",
            summary="",
            claims=(),
            machines={},
            steps=(Step(id="one", title="One", script="step.sh", on=("host",), proves="p"),),
            tasks=(task,),
            breaks=(breaks,),
        )
        self.note = note

    def call(self, name: str) -> None:
        self.calls.append(name)
        error = self.wrong.get(name)
        if isinstance(error, BaseException):
            raise error

    @property
    def deployment(self) -> Deployment:
        return Alone(self)


class Alone(Deployment):
    """The lab of such a world: there is no machine but this computer."""

    def __init__(self, world: World) -> None:
        super().__init__(world.settings, world.scenario, Quiet())
        self.world = world

    def up(self) -> bool:
        self.world.call("up")
        return False

    def reset(self) -> bool:
        self.world.call("reset")
        self.world.note.unlink(missing_ok=True)
        return False

    def prove(self) -> list[Difference]:
        self.world.call("prove")
        new = Difference(machine="vm", section="files", name="/root/mine", golden="", now="new")
        return [new] if self.world.wrong.get("prove") else []


@pytest.fixture
def verify(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Verified, ElementTree.Element, list[str]]]:
    """Verify a scenario in which things go wrong: the verdict, the JUnit suite, and what was called."""

    def verified(
        found: list[MachineStatus] | None = None, **wrong: BaseException | str
    ) -> tuple[Verified, ElementTree.Element, list[str]]:
        world = World(tmp_path, **wrong)

        def down(*_: object) -> None:
            world.call("down")

        @contextmanager
        def locked(*_: object, discards: str) -> Iterator[None]:
            world.call("lock")
            yield

        monkeypatch.setattr(verifying, "down", down)
        monkeypatch.setattr(verifying, "locked", locked)
        monkeypatch.setattr(verifying, "find", lambda *_: found or [])
        monkeypatch.setattr(verifying, "Deployment", lambda *_: world.deployment)
        monkeypatch.setattr(verifying, "load_named", lambda *_: world.scenario)
        monkeypatch.setattr(verifying, "prepare", lambda *_, **__: world.call("prepare"))
        results = verify_all(world.settings, [NAME], Quiet(), False, tmp_path, unseen)
        assert len(results) == 1
        return results[0], parsed(tmp_path / f"{NAME}.xml"), world.calls

    return verified


def test_all_is_well(verify: Callable[..., tuple[Verified, ElementTree.Element, list[str]]]) -> None:
    verified, suite, calls = verify()
    assert (verified.status, verified.problems, verified.tasks) == (0, [], 1)
    assert (suite.get("failures"), suite.get("errors")) == ("0", "0")
    assert [case.get("name") for case in suite] == [
        "one[host]",
        "test_file",
        "test_ends",
        "every task is red until it is solved",
        "a reset leaves nothing",
        "every check can fail",
    ]
    assert (calls[:3], calls[-1]) == (["prepare", "lock", "up"], "down")


LABS_OWN = "A mistake in the lab itself ended this: ZeroDivisionError: none (test_verify.py:"


@pytest.mark.parametrize(
    ("wrong", "status", "problems"),
    [
        pytest.param({"prepare": HostError("No Docker.", "Install.")}, 3, ["No Docker. Install."], id="host"),
        pytest.param({"prepare": ZeroDivisionError("none")}, 70, [LABS_OWN], id="host-unexpected"),
        pytest.param({"lock": BusyError("Held.", "Wait.")}, 6, ["Held. Wait."], id="busy"),
        pytest.param({"up": UsageError("Bad.", "Mend.")}, 2, ["Bad. Mend."], id="usage"),
        pytest.param({"up": HostError("Port in use.", "Free it.")}, 3, ["Port in use. Free it."], id="port"),
        pytest.param({"up": MachineError("No boot.", "Again.")}, 4, ["No boot. Again."], id="machine"),
        pytest.param({"up": ProvisionError("Red.", "Mend.")}, 5, ["Red. Mend."], id="playbook"),
        pytest.param({"up": ZeroDivisionError("none")}, 70, [LABS_OWN], id="unexpected"),
        pytest.param(
            {"up": OSError(28, "No space left on device")}, 3, ["A file or program: No space left"], id="disk-full"
        ),
        pytest.param({"up": KeyboardInterrupt()}, 130, ["Interrupted."], id="interrupted"),
        pytest.param({"step": "red"}, 1, ["The step 'one' ended with status 3 on host."], id="step"),
        pytest.param({"check": "assert 0, 'No.'"}, 1, ["The check test_it.py::test_ends is red: No."], id="check"),
        pytest.param(
            {"check": "os._exit(0)"},
            1,
            ["The check test_it.py::test_ends is red: No verdict", "test_it.py::test_ends was not seen failing"],
            id="check-ends-the-process",
        ),
        pytest.param(
            {"check": "pass"},
            1,
            ["test_it.py::test_ends was not seen failing"],
            id="check-always-green",
        ),
        pytest.param({"check": "("}, 2, ["The checks of scenario-7 cannot be read"], id="checks-broken"),
        pytest.param({"task": "no"}, 1, ["note is not met after right.sh"], id="task"),
        pytest.param({"prove": "left"}, 1, ["vm: files: /root/mine appeared"], id="reset-leaves-something"),
        pytest.param({"lazy": "touch {note}"}, 1, ["note is met after lazy.sh"], id="task-done-by-the-lazy"),
        pytest.param({"lazy": "false"}, 1, ["lazy.sh broke off with status 1, and so"], id="attempt-breaks-off"),
        pytest.param({"reset": MachineError("No.", "Again.")}, 4, ["No. Again."], id="reset-fails"),
        pytest.param({"down": MachineError("Stays.", "Again.")}, 4, ["Stays. Again."], id="down-fails"),
        pytest.param(
            {"up": ProvisionError("Red.", "Mend."), "down": MachineError("Stays.", "Again.")},
            5,
            ["Stays. Again.", "Red. Mend."],
            id="down-fails-too",
        ),
        pytest.param(
            {"step": "red", "down": ZeroDivisionError("none")},
            70,
            ["The step 'one' ended", LABS_OWN],
            id="down-fails-unexpectedly",
        ),
    ],
)
def test_what_goes_wrong_is_its_verdict(
    verify: Callable[..., tuple[Verified, ElementTree.Element, list[str]]],
    wrong: dict[str, BaseException | str],
    status: int,
    problems: list[str],
) -> None:
    verified, suite, calls = verify(**wrong)
    assert verified.status == status
    assert len(verified.problems) == len(problems)
    for said, beginning in zip(verified.problems, problems, strict=True):
        assert said.startswith(beginning)
    assert int(suite.get("failures", 0)) + int(suite.get("errors", 0)) == len(problems)
    assert calls[-1] == "down" or calls in (["prepare"], ["prepare", "lock"])


def test_a_scenario_that_is_up_is_left_alone(
    verify: Callable[..., tuple[Verified, ElementTree.Element, list[str]]],
) -> None:
    up = MachineStatus(NAME, "vm", "vm", "shut off", "lab-scenario-7-vm")
    verified, suite, calls = verify(found=[up])
    assert verified.status == 4
    assert verified.problems[0].startswith("scenario-7 is up, and verify would throw away what is in it.")
    assert "python3 lab.py down scenario-7" in verified.problems[0]
    assert suite.get("errors") == "1"
    assert calls == ["prepare", "lock"]


# -- several scenarios


def several(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, outcomes: dict[str, BaseException | None]
) -> tuple[list[Verified], list[str]]:
    """Verify scenarios of which each ends in its own way."""
    asked: list[str] = []

    def prove(deployment: Any, progress: object, found: Verification, *_: object) -> None:
        found.proof("all", [])
        if error := outcomes[deployment]:
            raise error

    def scenario(labs: Path, name: str) -> Scenario:
        if isinstance(outcomes[name], UsageError):
            raise cast(UsageError, outcomes[name])
        return cast(Scenario, name)

    monkeypatch.setattr(verifying, "load_named", scenario)
    monkeypatch.setattr(verifying, "Deployment", lambda settings, name, progress: name)
    monkeypatch.setattr(verifying, "prepare", lambda *_, **__: asked.append("host"))
    monkeypatch.setattr(verifying, "verify", prove)
    return verify_all(Settings(home=tmp_path), [*outcomes], Quiet(), False, tmp_path, unseen), asked


def test_each_has_a_verdict_and_the_host_is_prepared_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    outcomes: dict[str, BaseException | None] = {
        "s-1": UsageError("Bad.", "Mend."),
        "s-2": HostError("Port in use.", "Free it."),
        "s-3": None,
        "s-4": ZeroDivisionError("none"),
        "s-5": None,
    }
    results, asked = several(monkeypatch, tmp_path, outcomes)
    assert {result.scenario: result.status for result in results} == {"s-1": 2, "s-2": 3, "s-3": 0, "s-4": 70, "s-5": 0}
    assert asked == ["host"]
    assert {name: parsed(tmp_path / f"{name}.xml").get("errors") for name in outcomes} == {
        "s-1": "1",
        "s-2": "1",
        "s-3": "0",
        "s-4": "1",
        "s-5": "0",
    }


def test_what_is_green_is_timed_for_the_next_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    several(monkeypatch, tmp_path, {"s-1": HostError("Port in use.", "Free it."), "s-2": None})
    assert [*durations(Settings(home=tmp_path))] == ["s-2"]


def test_an_interrupt_ends_it_with_what_was_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    outcomes: dict[str, BaseException | None] = {"s-1": None, "s-2": KeyboardInterrupt(), "s-3": None}
    results, _ = several(monkeypatch, tmp_path, outcomes)
    assert [result.status for result in results] == [0, 130]
    assert parsed(tmp_path / "s-2.xml").get("errors") == "1"


def test_nothing_shown_is_red(tmp_path: Path) -> None:
    verified = Verification("s").end(tmp_path / "s.xml")
    assert (verified.status, verified.problems) == (1, ["Nothing was run and nothing was checked."])
    assert parsed(tmp_path / "s.xml").get("failures") == "1"
