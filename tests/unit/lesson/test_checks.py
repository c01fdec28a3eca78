"""Checks run against the local computer alone: what they say when green, red, broken or absent."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from provisioning.errors import SilentError, UsageError
from provisioning.lesson import checks, junit
from provisioning.lesson.checks import CheckTarget, Connection, Verdict, are_green, exchanged, run_checks
from provisioning.scenario.load import load_scenario
from provisioning.scenario.model import ContainerSpec, Scenario, VmSpec
from provisioning.settings import REPOSITORY
from tests.unit.fakes import hangs

LOCAL = "local://"
CHECKS = '''\
"""Checks of every kind."""

import os
import pathlib
import time

import pytest


def test_holds(on_host):
    """One and one make two.

    Not for the learner.
    """
    assert on_host.check_output("echo $((1 + 1))") == "2"


def test_red(on_host):
    """The moon is made of cheese."""
    moon = on_host.check_output("echo stone")
    assert moon == "cheese", f"The moon is made of {moon}."


def test_no_reason():
    assert 1 == 2


def test_each(container):
    """Every container has a root."""
    assert container.file("/").is_directory


def test_all(machine, engine_name):
    """Machines are called by their names."""
    assert machine("vm").check_output("echo here") == "here"
    assert engine_name("web") == "lab-scenario-7-web"


def test_command_fails(on_host):
    """The folder is listed."""
    on_host.check_output("LC_ALL=C ls /no/such")


def test_unknown_machine(machine):
    """The database answers."""
    machine("db")


def test_unknown_fixture(nothing):
    """Nothing comes of nothing."""


def test_crash():
    """It does not crash."""
    raise ZeroDivisionError("division by zero\\nand a second line")


def test_skip():
    """It is not left out."""
    pytest.skip("no time")


def test_unreachable(vm):
    """A machine that is not there has no command that fails."""
    assert vm.run("false").failed
'''


def scenario_with(folder: Path, checks: str) -> Scenario:
    folder.mkdir()
    (folder / "test_it.py").write_text(checks)
    return Scenario(
        name="scenario-7", folder=folder, title="", summary="", claims=(), machines={"vm": VmSpec()}, steps=()
    )


def target(**machines: tuple[str, str]) -> CheckTarget:
    connections = {name: Connection(kind, hostspec) for name, (kind, hostspec) in machines.items()}  # type: ignore[arg-type]
    return CheckTarget("lab", "scenario-7", "/nowhere", {"host": Connection("host", LOCAL), **connections})


TARGET = target(vm=("vm", LOCAL), web=("container", LOCAL), app=("container", LOCAL))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Verdict], ElementTree.Element]:
    folder = tmp_path_factory.mktemp("labs")
    away = target(
        vm=("vm", LOCAL), web=("container", LOCAL), app=("container", LOCAL), gone=("vm", "ssh://nobody@127.0.0.1:1")
    )
    file = folder / "check.xml"
    verdicts = run_checks(scenario_with(folder / "scenario-7", CHECKS), away, lambda verdict: None)
    junit.write(file, "scenario-7", junit.of_checks(verdicts))
    root = ElementTree.parse(file).getroot()  # noqa: S314 (we wrote it)
    return {verdict.check.removeprefix("test_it.py::"): verdict for verdict in verdicts}, root


def test_a_green_check_shows_its_claim(run: tuple[dict[str, Verdict], ElementTree.Element]) -> None:
    verdict = run[0]["test_holds"]
    assert (verdict.passed, verdict.title, verdict.message) == (True, "One and one make two.", "")


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ("test_red", "The moon is made of stone."),
        ("test_no_reason", "This does not hold: assert 1 == 2"),
        (
            "test_command_fails",
            "The check could not be made: `LC_ALL=C ls /no/such` ended with status 2: "
            "ls: cannot access '/no/such': No such file or directory",
        ),
        ("test_unknown_machine", "The check could not be made: the scenario has no machine 'db', but host, vm, "),
        ("test_unknown_fixture", "The check could not be made: there is no fixture 'nothing'"),
        ("test_crash", "The check could not be made: division by zero"),
        ("test_skip", "The check was skipped: no time. So it shows nothing."),
        ("test_unreachable[gone]", "The check could not be made: gone does not answer: "),
    ],
)
def test_a_red_check_gives_one_sentence(
    run: tuple[dict[str, Verdict], ElementTree.Element], check: str, message: str
) -> None:
    verdict = run[0][check]
    assert not verdict.passed
    assert verdict.message.startswith(message)
    assert "\n" not in verdict.message


def test_a_check_runs_once_for_each_machine_of_the_kind(run: tuple[dict[str, Verdict], ElementTree.Element]) -> None:
    assert run[0]["test_each[web]"].title == "Every container has a root."
    assert run[0]["test_each[web]"].machines == ("web",)
    assert run[0]["test_each[app]"].passed
    assert run[0]["test_unreachable[vm]"].passed


def test_a_machine_is_reached_by_its_name(run: tuple[dict[str, Verdict], ElementTree.Element]) -> None:
    assert run[0]["test_all"].passed


def test_junit_counts_the_same(run: tuple[dict[str, Verdict], ElementTree.Element]) -> None:
    verdicts, root = run
    suite = root.find("testsuite")
    assert suite is not None
    assert suite.attrib["name"] == "scenario-7"
    assert int(suite.attrib["tests"]) == len(verdicts)


def test_a_verdict_is_told_as_it_falls(tmp_path: Path) -> None:
    """The second check waits for what is done about the first one's verdict."""
    seen = tmp_path / "seen"
    checks = f"""\
import pathlib, time
def test_first(): pass
def test_second():
    end = time.monotonic() + 20
    while not pathlib.Path({str(seen)!r}).exists():
        assert time.monotonic() < end, "The first verdict was kept back."
"""
    verdicts = run_checks(scenario_with(tmp_path / "scenario-7", checks), TARGET, lambda verdict: seen.touch())
    assert [verdict.passed for verdict in verdicts] == [True, True]


@pytest.mark.parametrize(
    ("checks", "told"),
    [
        ("", "test_it.py has no check in it"),
        ("def test_x(:\n", "test_it.py: SyntaxError: "),
        ("import no_such_module\n", "test_it.py: ModuleNotFoundError: No module named 'no_such_module'"),
    ],
)
def test_what_cannot_be_read_is_a_mistake_of_the_author(tmp_path: Path, checks: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        run_checks(scenario_with(tmp_path / "scenario-7", checks), TARGET, lambda verdict: None)
    assert told in caught.value.what


def test_exchanged_machines_keep_their_names_and_kinds() -> None:
    world = target(vm=("vm", "ssh://vm"), web=("container", "docker://web"), app=("container", "docker://app"))
    assert exchanged(world).connections == {
        "host": Connection("host", LOCAL),
        "vm": Connection("vm", "docker://web"),
        "web": Connection("container", "ssh://vm"),
        "app": Connection("container", "ssh://vm"),
    }


def test_the_host_takes_nobodys_place() -> None:
    world = target(vm=("vm", "ssh://vm"))
    assert exchanged(world) == world


def test_checks_are_chosen_and_left_out_by_their_whole_name(tmp_path: Path) -> None:
    scenario = scenario_with(tmp_path / "scenario-7", "def test_a(): pass\ndef test_ab(): pass\ndef test_c(vm): pass\n")

    def made(**choice: list[str]) -> list[str]:
        return [verdict.function for verdict in run_checks(scenario, TARGET, lambda verdict: None, **choice)]

    assert made(leave_out=["test_it.py::test_a", "test_it.py::test_c"]) == ["test_it.py::test_ab"]
    assert made(checks=["test_it.py::test_c"]) == ["test_it.py::test_c"]
    assert made(leave_out=["test_it.py::test_a", "test_it.py::test_ab", "test_it.py::test_c"]) == []


def test_scenario_3_is_red_where_vm_and_containers_are_the_host_itself() -> None:
    """The plainest broken world: nothing is behind the names but this computer."""
    scenario = load_scenario(REPOSITORY / "labs" / "scenario-3")
    pretended = target(vm=("vm", LOCAL), alpha=("container", LOCAL), beta=("container", LOCAL))
    verdicts = run_checks(scenario, pretended, lambda verdict: None)
    red = {verdict.check.split("::")[1]: verdict.message for verdict in verdicts if not verdict.passed}
    assert "it is no VM" in red["test_vm_runs_a_start_of_its_own[vm]"]
    assert "the host's kernel" in red["test_vm_may_change_its_kernel_and_the_host_notices_nothing[vm]"]
    assert "it is no VM" in red["test_vms_process_is_not_the_hosts[vm]"]
    assert "--pid=host" in red["test_container_has_a_pid_namespace_of_its_own[alpha]"]
    assert "does not count" in red["test_containers_process_is_the_hosts_process[beta]"]
    assert "share a pid namespace" in red["test_container_does_not_see_its_neighbour"]
    assert not [message for message in red.values() if "could not be made" in message]


@pytest.mark.parametrize(("verdicts", "green"), [([], False), ([True], True), ([True, False], False)])
def test_claims_are_green_only_with_verdicts(verdicts: list[bool], green: bool) -> None:
    made = [
        Verdict(check="t.py::t", title="t", machines=(), passed=passed, message="", seconds=0) for passed in verdicts
    ]
    assert are_green(made) is green


@pytest.mark.usefixtures("in_haste")
def test_docker_hangs_while_the_checks_ask_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check itself would wait for ever."""
    hangs(tmp_path / "docker", monkeypatch)
    monkeypatch.setattr(checks, "SILENCE", 1)
    monkeypatch.setattr(checks, "ASKING", 1)
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "test_it.py").write_text("def test_it(container): pass\n")
    scenario = Scenario(
        name="s", folder=tmp_path / "s", title="", summary="", claims=(), machines={"a": ContainerSpec()}, steps=()
    )
    target = CheckTarget("lab", "s", "/nowhere", {"a": Connection("container", "docker://lab-s-a")})
    with pytest.raises(SilentError, match="Docker Engine does not answer within 1 s"):
        run_checks(scenario, target, lambda verdict: None)


def test_a_clone_may_lie_where_a_variable_seems_to_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest expands `$HOME` in some of the paths that it is told."""
    clone = tmp_path / "my $HOME's clone"
    (clone / "labs").mkdir(parents=True)
    monkeypatch.setattr(checks, "REPOSITORY", clone)
    scenario = scenario_with(clone / "labs" / "scenario-7", "def test_it():\n    pass\n")
    assert are_green(run_checks(scenario, TARGET, lambda _: None))
