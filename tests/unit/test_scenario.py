"""A scenario's folder: what a good one gives, and what a mistake is answered with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.errors import UsageError
from provisioning.scenario import ContainerSpec, VmSpec, find_scenarios, folder_of, load_all, load_scenario
from provisioning.settings import REPOSITORY

LABS = REPOSITORY / "labs"
GOOD = """\
title: Walls
summary: Who sees whom.
claims: [V3, C1]
machines:
  vm: {kind: vm, memory: 1024}
  web:
    kind: container
    environment: {ANSWER: 42, FLAG: on}
    mounts:
      - {type: volume, source: data, target: /data}
      - {type: bind, source: files, target: /files, read_only: true}
      - {type: tmpfs, target: /scratch}
    ports:
      8080: 80
steps:
  - id: names
    title: Names
    script: steps/names.sh
    on: [host, vm, web]
    proves: Each has its own.
  - id: looks
    title: Looks
    script: {host: steps/names.sh, web: steps/looks.sh}
    on: [host, web]
    proves: They differ.
    expect: null
    timeout: 2.5
breaks:
  - machine: web
    command: rm /data/file
    checks: [test_names.py::test_file]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "labs" / "scenario-7"
    (folder / "steps").mkdir(parents=True)
    (folder / "files").mkdir()
    for script in ("names.sh", "looks.sh"):
        (folder / "steps" / script).write_text("hostname\n")
    (folder / "lesson.en.md").write_text("# Walls\n")
    (folder / "test_names.py").write_text("def test_file(machine):\n    pass\n")
    (folder / "scenario.yml").write_text(GOOD)
    return folder


def broken(folder: Path, good: str, bad: str) -> str:
    """What the user is told after ``good`` in the file became ``bad``, without the folder."""
    assert GOOD.count(good) == 1
    (folder / "scenario.yml").write_text(GOOD.replace(good, bad))
    with pytest.raises(UsageError) as caught:
        load_scenario(folder)
    assert caught.value.cure.endswith(".")
    return caught.value.what.removeprefix(f"{folder}/")


def test_a_good_file_becomes_a_scenario(folder: Path) -> None:
    scenario = load_scenario(folder)
    vm, web = scenario.machines["vm"], scenario.machines["web"]
    assert scenario.name == "scenario-7"
    assert isinstance(vm, VmSpec)
    assert (vm.kind, vm.memory, vm.roles) == ("vm", 1024, ("common",))
    assert isinstance(web, ContainerSpec)
    assert web.ports == {8080: 80}
    assert [(mount.type, mount.read_only) for mount in web.mounts] == [
        ("volume", False),
        ("bind", True),
        ("tmpfs", False),
    ]
    assert scenario.steps[0].expect == 0
    assert (scenario.steps[1].expect, scenario.steps[1].timeout) == (None, 2.5)
    assert scenario.steps[1].script_for("web") == "steps/looks.sh"


def test_yaml_does_not_guess_types(folder: Path) -> None:
    """YAML 1.1 reads `on` as true: the field of a step would vanish, and a variable's value be `True`."""
    scenario = load_scenario(folder)
    web = scenario.machines["web"]
    assert scenario.steps[0].on == ("host", "vm", "web")
    assert isinstance(web, ContainerSpec)
    assert web.environment == {"ANSWER": "42", "FLAG": "on"}


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ("memory: 1024", "memory: lots", "scenario.yml:5: machines.vm.memory: expected a whole number, found 'lots'."),
        ("memory: 1024", "memory: 8", "scenario.yml:5: machines.vm.memory: expected a whole number >= 256, found '8'."),
        (
            "memory: 1024",
            "memry: 1",
            "scenario.yml:5: machines.vm.memry: there is no such field; the closest is memory.",
        ),
        ("kind: vm", "kind: cloud", "scenario.yml:5: machines.vm.kind: expected vm or container, found 'cloud'."),
        ("    kind: container\n", "", "scenario.yml:6: machines.web.kind: expected vm or container, found nothing."),
        ("  vm: {", "  host: {", "scenario.yml:5: machines.host: expected another name, as `host` is the host itself"),
        ("  vm: {", "  V-M: {", "scenario.yml:5: machines.V-M: expected a name of lower-case letters and digits"),
        ("type: tmpfs,", "type: tmpfs, keep: true,", "scenario.yml:12: machines.web.mounts[2].keep: expected a volume"),
        ("type: tmpfs,", "type: ram,", "scenario.yml:12: machines.web.mounts[2].type: expected volume, bind, tmpfs, "),
        ("source: files", "source: gone", "scenario.yml:11: machines.web.mounts[1].source: expected an existing path"),
        ("source: files", "source: ../..", "scenario.yml:11: machines.web.mounts[1].source: expected an existing path"),
        ("source: data, ", "", "scenario.yml:10: machines.web.mounts[0].source: expected a volume's name"),
        ("target: /data", "target: data", "scenario.yml:10: machines.web.mounts[0].target: expected an absolute path"),
        ("8080: 80", "8080: http", "scenario.yml:13: machines.web.ports: expected a whole number."),
        ("8080: 80", "80800: 80", "scenario.yml:13: machines.web.ports: expected a whole number <= 65535"),
        ("memory: 1024", "roles: [comon]", "scenario.yml:5: machines.vm.roles[0]: expected a role of "),
        ("memory: 1024", "roles: [gui]", "scenario.yml:5: machines.vm.roles: expected the role common among them"),
        ("claims: [V3, C1]", "claims: [V3, X9]", "scenario.yml:3: claims[1]: expected a claim, V1 to V5 or C1 to C9"),
        ("title: Walls\n", "", "scenario.yml:1: title: expected this field, found nothing."),
        ("title: Walls", "title:", "scenario.yml:1: title: expected text of length >= 1, found nothing."),
        ("id: looks", "id: names", "scenario.yml:21: steps[1].id: expected an id that no other step has"),
        ("    on: [host, vm, web]\n", "", "scenario.yml:16: steps[0].on: expected this field, found nothing."),
        ("on: [host, vm, web]", "on: [host, db]", "scenario.yml:19: steps[0].on[1]: expected one of host, vm, web, "),
        ("on: [host, vm, web]", "on: [vm, vm]", "scenario.yml:19: steps[0].on[1]: expected each place once"),
        ("on: [host, vm, web]", "on: host", "scenario.yml:19: steps[0].on: expected a list, found 'host'."),
        ("on: [host, vm, web]", "on: []", "scenario.yml:19: steps[0].on: expected a list of length >= 1"),
        ("script: steps/names.sh", "script: steps/nams.sh", "scenario.yml:18: steps[0].script: expected an existing"),
        ("web: steps/looks.sh", "web: /etc/hosts", "scenario.yml:23: steps[1].script.web: expected an existing file"),
        (", web: steps/looks.sh", "", "scenario.yml:23: steps[1].script: expected a script each for host, web"),
        ("machine: web", "machine: db", "scenario.yml:29: breaks[0].machine: expected one of host, vm, web, found"),
        (
            "::test_file",
            "::test_fil",
            "scenario.yml:31: breaks[0].checks[0]: expected a check, such as test_files.py::",
        ),
        ("test_names.py::", "names.py::", "scenario.yml:31: breaks[0].checks[0]: expected a check, such as "),
        ("timeout: 2.5", "timeout: soon", "scenario.yml:27: steps[1].timeout: expected a number, found 'soon'."),
        ("timeout: 2.5", "proves: Again", "scenario.yml:27: the field 'proves' is given twice."),
        ("timeout: 2.5", "  timeout: 2", "scenario.yml:27: expected YAML, but mapping values are not allowed"),
        ("timeout: 2.5", "\ttimeout: 2", "scenario.yml:27: expected YAML, but "),
        ("timeout: 2.5", "? [a]\n    : b", "scenario.yml:27: expected a field's name, found a list or a mapping."),
    ],
)
def test_a_mistake_is_told_with_line_field_and_what_was_expected(folder: Path, good: str, bad: str, told: str) -> None:
    assert broken(folder, good, bad).startswith(told)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "1: expected a mapping of fields"),
        (b"- a\n", "1: expected a mapping of fields"),
        (b"title: a\nsummary: \xff\n", "2: expected UTF-8 text, found the byte 0xff"),
        (b"title: \x01\n", "1: expected YAML, but "),
        (b"title: &a [*a]\n", "1: expected YAML, but found unconstructable recursive node"),
    ],
)
def test_what_is_no_scenario_at_all(folder: Path, content: bytes, told: str) -> None:
    (folder / "scenario.yml").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        load_scenario(folder)
    assert caught.value.what.startswith(f"{folder / 'scenario.yml'}:{told}")


def test_two_containers_cannot_publish_one_port(folder: Path) -> None:
    told = broken(folder, "steps:\n  - id: names", "  db: {kind: container, ports: {8080: 81}}\nsteps:\n  - id: names")
    assert told.startswith("scenario.yml:15: machines.db.ports.8080: expected a host port that no other publishes")


def test_a_lesson_belongs_to_it(folder: Path) -> None:
    (folder / "lesson.en.md").unlink()
    with pytest.raises(UsageError, match=r"lesson\.en\.md"):
        load_scenario(folder)


def test_roles_come_from_the_folder_given(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "roles" / "other").mkdir(parents=True)
    with pytest.raises(UsageError, match="expected a role of other, found 'common'"):
        load_scenario(folder, tmp_path / "roles")


def test_scenarios_are_found_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("scenario-10", "scenario-2", "notes"):
        (tmp_path / name).mkdir()
        if name != "notes":
            (tmp_path / name / "scenario.yml").touch()
    assert find_scenarios(tmp_path) == ["scenario-2", "scenario-10"]


@pytest.mark.parametrize("name", ["senario-7", "7", "scenario-77"])
def test_an_unknown_name_is_answered_with_the_closest(folder: Path, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        folder_of(folder.parent, name)
    assert name in caught.value.what
    assert caught.value.cure == "Did you mean scenario-7? There are: scenario-7."


def test_a_name_that_leads_elsewhere_is_unknown(folder: Path) -> None:
    with pytest.raises(UsageError):
        folder_of(folder.parent, "../labs/scenario-7")


def test_every_scenario_shipped_is_valid() -> None:
    assert load_all(LABS)


def test_loading_imports_nothing_heavy() -> None:
    program = "import sys, provisioning.scenario; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert {"docker", "rich", "pytest", "vagrant", "ansible_runner", "requests"}.isdisjoint(done.stdout.split())
