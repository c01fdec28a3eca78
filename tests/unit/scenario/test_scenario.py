"""A scenario's folder: what a good one gives, and what a mistake is answered with."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioning.errors import UsageError
from provisioning.scenario.load import find_scenarios, folder_of, load_all, load_scenario
from provisioning.scenario.model import ContainerSpec, VmSpec
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
    for script in ("names.sh", "looks.sh", "lazy.sh"):
        (folder / "steps" / script).write_text("hostname\n")
    (folder / "lesson.en.md").write_text("# Walls\n")
    (folder / "test_names.py").write_text("def test_file(machine):\n    pass\n")
    (folder / "scenario.yml").write_text(GOOD)
    return folder


def test_a_scenario_may_be_a_crowd(folder: Path) -> None:
    crowd = "".join(f"  box{number}: {{kind: container, roles: [common]}}\n" for number in range(248))
    (folder / "scenario.yml").write_text(GOOD.replace("machines:\n", f"machines:\n{crowd}", 1))
    assert len(load_scenario(folder).machines) == 250


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


TASK = """\
tasks:
  - id: note
    title: A note
    goal: There is a note.
    machine: web
    check: test_note
    hints: [Look.]
    solution: steps/names.sh
    wrong: [steps/looks.sh, steps/lazy.sh]
"""
PREDICT = "    predict: {question: Which?, choices: [One, Two], answer: Two}\n"
WHOLE = GOOD.replace("    on: [host, web]\n", f"    on: [host, web]\n{PREDICT}") + TASK
TOO_LONG = "a" * 300


@pytest.fixture
def whole(folder: Path) -> Path:
    """The same with a task and a prediction, which is what a mistake is made in below."""
    (folder / "tasks.py").write_text("def test_note(machine):\n    pass\n\n\ndef helper():\n    pass\n")
    (folder / "scenario.yml").write_text(WHOLE)
    load_scenario(folder)
    return folder


def told_of(folder: Path) -> str:
    """What the user is told of the scenario, without its folder."""
    with pytest.raises(UsageError) as caught:
        load_scenario(folder)
    assert caught.value.what.isprintable()
    assert caught.value.what.endswith(".")
    assert caught.value.cure.endswith(".")
    return caught.value.what.removeprefix(f"{folder}/")


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        # another sort of value than a field takes
        ("kind: vm", "kind: [vm]", "scenario.yml:5: machines.vm.kind: expected vm or container, found a list."),
        ("kind: vm", "kind: {a: b}", "scenario.yml:5: machines.vm.kind: expected vm or container, found a mapping."),
        ("vm: {kind: vm, memory: 1024}", "vm: [vm]", "scenario.yml:5: machines.vm.kind: expected vm or container"),
        ("vm: {kind: vm, memory: 1024}", "vm:", "scenario.yml:5: machines.vm.kind: expected vm or container"),
        ("title: Walls", "title: [Walls]", "scenario.yml:1: title: expected text, found a list."),
        ("title: Walls", "title: {a: b}", "scenario.yml:1: title: expected text, found a mapping."),
        ("summary: Who sees whom.", "summary: [a]", "scenario.yml:2: summary: expected text, found a list."),
        ("script: steps/names.sh", "script: [a]", "scenario.yml:18: steps[0].script: expected "),
        ("{host: steps/names.sh, web: steps/looks.sh}", "{}", "scenario.yml:23: steps[1].script: expected a script"),
        ("hints: [Look.]", "hints: Look.", "scenario.yml:39: tasks[0].hints: expected a list, found 'Look.'."),
        ("hints: [Look.]", "hints: [[Look.]]", "scenario.yml:39: tasks[0].hints[0]: expected text, found a list."),
        ("ANSWER: 42", "ANSWER: [42]", "scenario.yml:8: machines.web.environment: expected text."),
        (
            "read_only: true",
            "read_only: perhaps",
            "scenario.yml:11: machines.web.mounts[1].read_only: expected true or",
        ),
        (
            "expect: null",
            "expect: {}",
            "scenario.yml:27: steps[1].expect: expected a whole number or null, found a map",
        ),
        # numbers without a bound
        (
            "timeout: 2.5",
            "timeout: inf",
            "scenario.yml:28: steps[1].timeout: expected a number <= 86400.0, found 'inf'",
        ),
        ("timeout: 2.5", "timeout: nan", "scenario.yml:28: steps[1].timeout: expected a number > 0.0, found 'nan'."),
        ("timeout: 2.5", "timeout: -1", "scenario.yml:28: steps[1].timeout: expected a number > 0.0, found '-1'."),
        ("timeout: 2.5", "timeout: 0", "scenario.yml:28: steps[1].timeout: expected a number > 0.0, found '0'."),
        (
            "timeout: 2.5",
            "timeout: 1e9",
            "scenario.yml:28: steps[1].timeout: expected a number <= 86400.0, found '1e9'",
        ),
        ("timeout: 2.5", "timeout: 1e999", "scenario.yml:28: steps[1].timeout: expected a number that is smaller"),
        ("timeout: 2.5", "timeout: ٣", "scenario.yml:28: steps[1].timeout: expected a number, found '٣'."),
        ("memory: 1024", f"memory: 1{'0' * 30}", "scenario.yml:5: machines.vm.memory: expected a whole number <= 1048"),
        ("memory: 1024", "memory: -1024", "scenario.yml:5: machines.vm.memory: expected a whole number >= 256"),
        ("memory: 1024", "cpus: inf", "scenario.yml:5: machines.vm.cpus: expected a whole number, found 'inf'."),
        ("memory: 1024", "cpus: 100000", "scenario.yml:5: machines.vm.cpus: expected a whole number <= 255"),
        (
            "    mounts:\n",
            "    cpus: inf\n    mounts:\n",
            "scenario.yml:9: machines.web.cpus: expected a number <= 102",
        ),
        ("    mounts:\n", "    cpus: nan\n    mounts:\n", "scenario.yml:9: machines.web.cpus: expected a number >= 0"),
        (
            "    mounts:\n",
            "    cpus: 0.001\n    mounts:\n",
            "scenario.yml:9: machines.web.cpus: expected 0, or 0.01 at",
        ),
        ("    mounts:\n", "    memory: 5\n    mounts:\n", "scenario.yml:9: machines.web.memory: expected 0, or 6 at"),
        ("expect: null", "expect: 256", "scenario.yml:27: steps[1].expect: expected a whole number <= 255"),
        ("expect: null", "expect: -1", "scenario.yml:27: steps[1].expect: expected a whole number >= 0"),
        # names that others are made of
        ("  vm: {", "  localhost: {", "scenario.yml:5: machines.localhost: expected another name"),
        (
            "  vm: {",
            "  averylongname: {",
            "scenario.yml:5: machines.averylongname: expected a name of at most 12 letters",
        ),
        ("  vm: {", "  v.m: {", "scenario.yml:5: machines.v.m: expected a name of lower-case letters and digits"),
        (
            "  vm: {",
            "  '': {",
            "scenario.yml:5: machines.: expected a name of lower-case letters and digits, found noth",
        ),
        ("  vm: {", "  vm²: {", "scenario.yml:5: machines.vm²: expected a name of lower-case letters and digits"),
        ("id: looks", f"id: {'a' * 33}", "scenario.yml:21: steps[1].id: expected an id of at most 32 letters"),
        ("id: note", f"id: {'a' * 33}", "scenario.yml:34: tasks[0].id: expected an id of at most 32 letters"),
        ("id: note", "id: No", "scenario.yml:34: tasks[0].id: expected such as own-name, found 'No'."),
        ("source: data", f"source: {'a' * 33}", "scenario.yml:10: machines.web.mounts[0].source: expected a volume's"),
        ("source: data", "source: b-data", "scenario.yml:10: machines.web.mounts[0].source: expected a volume's name"),
        (
            "ANSWER: 42",
            "A=B: 42",
            "scenario.yml:8: machines.web.environment: expected names without = and blanks, found",
        ),
        ("ANSWER: 42", "'': 42", "scenario.yml:8: machines.web.environment: expected names without = and blanks"),
        ("ANSWER: 42", "A B: 42", "scenario.yml:8: machines.web.environment: expected names without = and blanks"),
        (
            "ANSWER: 42",
            f"ANSWER: {'a' * 10_001}",
            "scenario.yml:8: machines.web.environment: expected text of length <=",
        ),
        (
            "    mounts:\n",
            "    command: ['']\n    mounts:\n",
            "scenario.yml:9: machines.web.command[0]: expected a prog",
        ),
        # said twice
        ("claims: [V3, C1]", "claims: [V3, V3]", "scenario.yml:3: claims[1]: expected each claim once, found 'V3'."),
        ("memory: 1024", "roles: [common, common]", "scenario.yml:5: machines.vm.roles[1]: expected each role once"),
        ("on: [host, web]", "on: [host, web, host]", "scenario.yml:24: steps[1].on[2]: expected each place once"),
        ("[One, Two]", "[Two, Two]", "scenario.yml:25: steps[1].predict.choices[1]: expected each choice once"),
        (
            "[test_names.py::test_file]",
            "[test_names.py::test_file, test_names.py::test_file]",
            "scenario.yml:32: breaks",
        ),
        ("      8080: 80", "      8080: 80\n      8081: 80", "scenario.yml:15: machines.web.ports.8081: expected each"),
        # mounts
        ("target: /scratch", "target: /data", "scenario.yml:12: machines.web.mounts[2].target: expected a path where"),
        (
            "target: /scratch",
            "target: /",
            "scenario.yml:12: machines.web.mounts[2].target: expected a path of plain le",
        ),
        (
            "target: /scratch",
            "target: /a/../b",
            "scenario.yml:12: machines.web.mounts[2].target: expected a path of pla",
        ),
        (
            "target: /scratch",
            "target: /data/",
            "scenario.yml:12: machines.web.mounts[2].target: expected a path of plain",
        ),
        (
            "target: /scratch",
            "target: '/a:ro'",
            "scenario.yml:12: machines.web.mounts[2].target: expected a path of pla",
        ),
        (
            "target: /scratch",
            "target: '/a,b'",
            "scenario.yml:12: machines.web.mounts[2].target: expected a path of plain",
        ),
        (
            "target: /scratch",
            "target: /proc",
            "scenario.yml:12: machines.web.mounts[2].target: expected a path outside",
        ),
        (
            "target: /scratch",
            "target: /sys/fs",
            "scenario.yml:12: machines.web.mounts[2].target: expected a path outside",
        ),
        (
            "target: /scratch",
            "target: /dev",
            "scenario.yml:12: machines.web.mounts[2].target: expected a path outside /pr",
        ),
        (
            "target: /scratch",
            f"target: /{TOO_LONG}",
            "scenario.yml:12: machines.web.mounts[2].target: expected a path of",
        ),
        ("target: /scratch", 'target: "/a\\0"', "scenario.yml:12: machines.web.mounts[2].target: expected text, found"),
        (
            "source: files",
            "source: steps/../files",
            "scenario.yml:11: machines.web.mounts[1].source: expected an exist",
        ),
        # paths
        (
            "solution: steps/names.sh",
            "solution: /etc/hosts",
            "scenario.yml:40: tasks[0].solution: expected an existing",
        ),
        (
            "solution: steps/names.sh",
            "solution: steps",
            "scenario.yml:40: tasks[0].solution: expected an existing file",
        ),
        (
            "solution: steps/names.sh",
            f"solution: {'a/' * 90}b",
            "scenario.yml:40: tasks[0].solution: expected an exist",
        ),
        (
            "wrong: [steps/looks.sh,",
            f"wrong: [{TOO_LONG},",
            "scenario.yml:41: tasks[0].wrong[0]: expected text of length <= 2",
        ),
        (
            "wrong: [steps/looks.sh,",
            'wrong: ["a\\0b",',
            "scenario.yml:41: tasks[0].wrong[0]: expected text, found the control",
        ),
        (
            "wrong: [steps/looks.sh,",
            "wrong: [./steps/looks.sh,",
            "scenario.yml:41: tasks[0].wrong[0]: expected an existing fi",
        ),
        (
            "[steps/looks.sh, steps/lazy.sh]",
            "[]",
            "scenario.yml:41: tasks[0].wrong: expected two wrong attempts at least",
        ),
        (
            "[steps/looks.sh, steps/lazy.sh]",
            "[steps/looks.sh]",
            "scenario.yml:41: tasks[0].wrong: expected two wrong attem",
        ),
        (
            "steps/looks.sh, steps/lazy.sh]",
            "steps/looks.sh, steps/looks.sh]",
            "scenario.yml:41: tasks[0].wrong[1]: expected each attempt once, found 'steps/looks.sh'.",
        ),
        (
            "steps/looks.sh, steps/lazy.sh]",
            "steps/looks.sh, steps/gone.sh]",
            "scenario.yml:41: tasks[0].wrong[1]: expected an existing file",
        ),
        # checks
        (
            "check: test_note",
            "check: helper",
            "scenario.yml:38: tasks[0].check: expected a function in tasks.py that be",
        ),
        ("check: test_note", "check: test_nota", "scenario.yml:38: tasks[0].check: expected a function in tasks.py"),
        ("test_names.py::", "conftest.py::", "scenario.yml:32: breaks[0].checks[0]: expected a check, such as"),
        ("test_names.py::", "./test_names.py::", "scenario.yml:32: breaks[0].checks[0]: expected a check, such as"),
        ("test_names.py::", "test_gone.py::", "scenario.yml:32: breaks[0].checks[0]: expected a check, such as"),
        ("test_names.py::", "../test_names.py::", "scenario.yml:32: breaks[0].checks[0]: expected a check, such as"),
        # words
        ("title: Walls", "title: ' '", "scenario.yml:1: title: expected text of one line, found ' '."),
        ("title: Walls", 'title: "a\\nb"', "scenario.yml:1: title: expected text of one line, found 'a\\nb'."),
        (
            "title: Walls",
            'title: "\\e[2J"',
            "scenario.yml:1: title: expected text, found the control character U+001B.",
        ),
        (
            "title: Walls",
            'title: "\\x9b2J"',
            "scenario.yml:1: title: expected text, found the control character U+009B",
        ),
        (
            "title: Walls",
            'title: "\\u202Eno"',
            "scenario.yml:1: title: expected text, found the control character U+202E",
        ),
        ("title: Walls", f"title: {TOO_LONG}", "scenario.yml:1: title: expected text of length <= 200, found 'aaa"),
        (
            "goal: There is a note.",
            "goal: ' '",
            "scenario.yml:36: tasks[0].goal: expected text that is more than blanks",
        ),
        (
            "hints: [Look.]",
            "hints: ['  ']",
            "scenario.yml:39: tasks[0].hints[0]: expected text that is more than blanks",
        ),
        ("hints: [Look.]", 'hints: ["\\a"]', "scenario.yml:39: tasks[0].hints[0]: expected text, found the control"),
        ("[One, Two]", "[One, ' ']", "scenario.yml:25: steps[1].predict.choices[1]: expected text of one line, found"),
        ("[One, Two]", "[One]", "scenario.yml:25: steps[1].predict.choices: expected a list of length >= 2"),
        (
            "answer: Two",
            "answr: Two",
            "scenario.yml:25: steps[1].predict.answr: there is no such field; the closest is ans",
        ),
        (
            "command: rm /data/file",
            "command: '# nothing'",
            "scenario.yml:31: breaks[0].command: expected a script that",
        ),
        (
            "command: rm /data/file",
            'command: "#!\\nrm"',
            "scenario.yml:31: breaks[0].command: expected a program after",
        ),
        # YAML that is more than data
        (
            "title: Walls",
            "title: !!python/object:os.system Walls",
            "scenario.yml:1: expected a value without a tag, found",
        ),
        ("title: Walls", "title: !local Walls", "scenario.yml:1: expected a value without a tag, found '!local'."),
        ("title: Walls", "title: &a [*a]", "scenario.yml:1: expected YAML, but found unconstructable recursive node."),
        ("title: Walls", "title: *a", "scenario.yml:1: expected YAML, but found undefined alias."),
        ("title: Walls", "title: &a Walls\nx: &a y", "scenario.yml:2: expected YAML, but found duplicate anchor."),
        ("title: Walls", "<<: {a: b}\ntitle: Walls", "scenario.yml:1: <<: there is no such field; there are title"),
        ("title: Walls", '"\\e": a\ntitle: Walls', "scenario.yml:1: \\x1b: expected text, found the control character"),
        ("title: Walls", f"{TOO_LONG}: a\ntitle: Walls", "scenario.yml:1: aaa"),
        ("title: Walls", f"title: {'[' * 30}{']' * 30}", "scenario.yml:1: expected at most 20 levels, found more."),
        (
            "title: Walls",
            f"title: {'[' * 100_000}",
            "scenario.yml:1: expected YAML, but exceeded maximum nesting depth.",
        ),
        ("title: Walls", f"title: {'{a: ' * 100_000}", "scenario.yml:1: expected at most 20 levels, found more."),
        ("title: Walls", "---\ntitle: Walls\n---\na: b\n---", "scenario.yml:4: expected one document, found another."),
        (
            "title: Walls",
            "\x1b[2J: x\ntitle: Walls",
            "scenario.yml:1: expected YAML, but found the control character U+001B.",
        ),
        (
            "title: Walls",
            "\ufefftitle: Walls",
            "scenario.yml:1: expected YAML, but found the control character U+FEFF.",
        ),
    ],
)
def test_what_would_go_wrong_later_is_told_now(whole: Path, good: str, bad: str, told: str) -> None:
    assert WHOLE.count(good) == 1
    (whole / "scenario.yml").write_text(WHOLE.replace(good, bad))
    assert told_of(whole).startswith(told)


def _replaced(name: str, put: Callable[[Path], object]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).unlink()
        put(folder / name)

    return change


def _writing(name: str, content: bytes | str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    return change


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        before = Path.cwd()
        os.chdir(path.parent)  # its path may have 107 bytes
        try:
            made.bind(path.name)
        finally:
            os.chdir(before)


def _out_of_it(folder: Path) -> None:
    (folder / "files").rmdir()
    (folder / "files").symlink_to("/etc")


FILES = ["scenario.yml", "lesson.en.md", "tasks.py", "test_names.py", "steps/names.sh"]
SORTS: list[tuple[str, Callable[[Path], object]]] = [
    ("a folder", Path.mkdir),
    ("a named pipe", os.mkfifo),
    ("a device", lambda path: path.symlink_to("/dev/null")),
    ("a socket", _socket),
    ("a link that leads in a circle", lambda path: path.symlink_to(path.name)),
    ("a link to nothing", lambda path: path.symlink_to("nothing")),
    ("nothing", lambda path: None),
    ("a large file", lambda path: path.write_text("# \n" * 400_000)),
    ("no UTF-8", lambda path: path.write_bytes(b"\n#\xe9\n")),
    ("NUL", lambda path: path.write_bytes(b"\n#\0\n")),
]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("sort", "put"), SORTS, ids=[sort for sort, _ in SORTS])
def test_a_file_that_is_something_else_is_named(
    whole: Path, name: str, sort: str, put: Callable[[Path], object]
) -> None:
    _replaced(name, put)(whole)
    told = told_of(whole)
    assert Path(name).name in told
    words = {
        "a large file": f"{name}:1: expected a file of at most 1048576 bytes",
        "no UTF-8": f"{name}:2: expected UTF-8 text, found the byte 0xe9",
        "NUL": f"{name}:2: expected {'YAML, but' if name == 'scenario.yml' else 'text,'} found the control character",
    }
    # What is named by a field is told of with that, and by its line.
    own = name in ("scenario.yml", "lesson.en.md") or sort in words
    assert told.startswith(words.get(sort, f"{name}:1: expected a file, found {sort}.") if own else "scenario.yml:")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            _writing("lesson.en.md", "# Größe\n".encode("latin-1")),
            "lesson.en.md:1: expected UTF-8 text, found the byte",
        ),
        (_writing("lesson.en.md", " \n"), "lesson.en.md:1: expected text, found nothing."),
        (_writing("lesson.en.md", "a\n\x1b]0;owned\x07"), "lesson.en.md:2: expected text, found the control chara"),
        (_writing("steps/names.sh", ""), "steps/names.sh:1: expected a script that does something, found nothing but"),
        (_writing("steps/names.sh", " \n\t\n"), "steps/names.sh:1: expected a script that does something, found noth"),
        (_writing("steps/names.sh", "# a\n"), "steps/names.sh:1: expected a script that does something, found nothing"),
        (
            _writing("steps/names.sh", "#!\nls\n"),
            "steps/names.sh:1: expected a program after #!, such as /bin/bash, fo",
        ),
        (_writing("steps/names.sh", "#!  \r\nls\n"), "steps/names.sh:1: expected a program after #!, such as /bin/bas"),
        (
            _writing("steps/names.sh", "#!/bin/sh 'a\nls\n"),
            "steps/names.sh:1: expected a program after #!, found quotes",
        ),
        (
            _writing("steps/names.sh", "#!A=b\nls\n"),
            "steps/names.sh:1: expected a program after #!, such as /bin/bash,",
        ),
        (
            _writing("steps/names.sh", "#!-i\nls\n"),
            "steps/names.sh:1: expected a program after #!, such as /bin/bash, f",
        ),
        (
            _writing("steps/names.sh", "#!/usr/bin/env\nls\n"),
            "steps/names.sh:1: expected a program after #!/usr/bin/en",
        ),
        (
            _writing("steps/names.sh", "\ufeff#!/bin/sh\nls"),
            "steps/names.sh:1: expected text, found the control cha",
        ),
        (_writing("tasks.py", "x = (\n"), "tasks.py:1: expected Python, but '(' was never closed."),
        (_writing("tasks.py", "\n\ndef test_note(:\n"), "tasks.py:3: expected Python, but invalid syntax."),
        (
            _writing("tasks.py", "# def test_note():\n"),
            "scenario.yml:38: tasks[0].check: expected a function in tasks.py",
        ),
        (
            _writing("tasks.py", '"""\ndef test_note(machine):\n"""\n'),
            "scenario.yml:38: tasks[0].check: expected a func",
        ),
        (_writing("tasks.py", "test_note = 1\n"), "scenario.yml:38: tasks[0].check: expected a function in tasks.py"),
        (_writing("tasks.py", f"x = {'-' * 100_000}1\n"), "tasks.py:1: expected Python, but it is nested too deeply."),
        (_writing("test_names.py", "def test_file(\n"), "test_names.py:1: expected Python, but '(' was never closed."),
        (
            _writing("test_names.py", '"""\ndef test_file():\n"""\n'),
            "scenario.yml:32: breaks[0].checks[0]: expected a c",
        ),
        (
            _out_of_it,
            "scenario.yml:11: machines.web.mounts[1].source: expected an existing path in the scenario's folder, ",
        ),
        (
            _replaced("steps/names.sh", lambda path: path.symlink_to("/etc/hostname")),
            "scenario.yml:18: steps[0].script: expected an existing file in the scenario's folder, found 'steps/",
        ),
    ],
)
def test_what_is_in_a_file_is_told_with_its_line(whole: Path, change: Callable[[Path], None], told: str) -> None:
    change(whole)
    assert told_of(whole).startswith(told)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("bake", "expected another name, as the lab's own begin with `bake`, found 'bake'."),
        ("bake1234", "expected another name, as the lab's own begin with `bake`"),
        ("a" * 21, "expected a folder's name of at most 20 letters"),
        ("scenario-", "expected a folder's name of lower-case letters, digits and hyphens between them"),
        ("a--b", "expected a folder's name of lower-case letters, digits and hyphens between them"),
        ("Walls", "expected a folder's name of lower-case letters"),
        ("²", "expected a folder's name of lower-case letters"),
        ("a b", "expected a folder's name of lower-case letters"),
        ("a\x1b[2J", "expected a folder's name of lower-case letters"),
        ("a\nb", "expected a folder's name of lower-case letters"),
    ],
)
def test_a_name_that_cannot_be_one_is_told(whole: Path, name: str, told: str) -> None:
    moved = whole.rename(whole.parent / name)
    assert find_scenarios(whole.parent) == [name]
    what = told_of(moved)
    assert what.partition("scenario.yml:1: scenario.yml: ")[2].startswith(told)


def test_a_link_within_the_folder_is_followed(whole: Path) -> None:
    _replaced("steps/names.sh", lambda path: path.symlink_to("looks.sh"))(whole)
    (whole / "files").rmdir()
    (whole / "files").symlink_to("steps")
    assert load_scenario(whole).steps


def test_a_folder_that_is_a_link_is_a_scenario(whole: Path) -> None:
    (whole.parent / "linked").symlink_to(whole)
    assert load_scenario(whole.parent / "linked").name == "linked"


def test_lines_that_end_as_on_windows_are_lines(whole: Path) -> None:
    for name in ("scenario.yml", "lesson.en.md", "steps/names.sh"):
        (whole / name).write_bytes((whole / name).read_bytes().replace(b"\n", b"\r\n"))
    assert load_scenario(whole).title == "Walls"


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: None, "is not there"),
        (Path.touch, "is no folder"),
        (os.mkfifo, "is no folder"),
        (lambda path: path.symlink_to("nothing"), "is not there"),
        (lambda path: path.symlink_to(path.name), "cannot be read"),
    ],
)
def test_a_folder_of_scenarios_that_is_none_is_told(tmp_path: Path, make: Callable[[Path], object], told: str) -> None:
    make(tmp_path / "labs")
    with pytest.raises(UsageError, match=told) as caught:
        find_scenarios(tmp_path / "labs")
    assert "LAB_SCENARIOS" in caught.value.cure


def test_a_scenario_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    for name in ("dangling", "circle", "folder", "pipe"):
        (tmp_path / name).mkdir()
    (tmp_path / "dangling" / "scenario.yml").symlink_to("nothing")
    (tmp_path / "circle" / "scenario.yml").symlink_to("scenario.yml")
    (tmp_path / "folder" / "scenario.yml").mkdir()
    os.mkfifo(tmp_path / "pipe" / "scenario.yml")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").touch()
    assert find_scenarios(tmp_path) == ["circle", "dangling", "folder", "loop", "pipe"]


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
