"""Every file of a scenario can be anything: it is taken, or told of in a sentence. Thousands of mutations, seeded."""

from __future__ import annotations

import math
import os
import random
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from provisioning.errors import UsageError
from provisioning.lesson import texts
from provisioning.lesson.steps import interpreter
from provisioning.scenario.load import find_scenarios, load_scenario
from provisioning.scenario.model import ContainerSpec, Scenario
from provisioning.settings import REPOSITORY
from provisioning.verbs import lab

LABS = REPOSITORY / "labs"
NAMES = find_scenarios(LABS)
EACH = 250
"""Mutations of each scenario."""
PATIENCE = 30
"""Seconds after which a mutation is taken for one that hangs."""

NASTY = [
    b"\x00",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xc3\x28",
    b"\t",
    b"\r",
    b"\x1b[2J\x1b]0;owned\x07",
    b'"\\e[2J"',
    b'"\\0"',
    b'"\\x9b"',
    "\u202eright to left".encode(),
    "\u200f".encode(),
    "\u2028".encode(),
    "²".encode(),
    "٣".encode(),
    b"&a [*a]",
    b"*nowhere",
    b"!!python/object:os.system ",
    b"!local ",
    b"<<: ",
    b"? ",
    b"- ",
    b": ",
    b"{",
    b"}",
    b"[",
    b"]",
    b"|",
    b">",
    b"'",
    b'"',
    b"%",
    b"@",
    b"`",
    b"#!",
    b"#",
    b"---\n",
    b"...\n",
    b"%YAML 9.9\n---\n",
    b"inf",
    b"nan",
    b"-inf",
    b"1e999",
    b"9" * 40,
    b"-1",
    b"0",
    b"null",
    b"~",
    b"true",
    b"../../../etc/passwd",
    b"/dev/zero",
    b"a" * 300,
    b"[" * 3000,
    b"{a: " * 3000,
    b"(" * 3000,
    b"- " * 3000,
    b"{}",
    b"{0}{",
    b"{!r}",
]
VALUES = ["", "[]", "{}", "[vm]", "{a: b}", "null", "~", "0", "-1", "1.5", "inf", ".nan", "9" * 30, "' '", "true", "x"]


def test_there_is_something_to_mutate() -> None:
    assert len(NAMES) * EACH >= 3000


@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_file_becomes_is_taken_or_told(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)  # noqa: S311 (no secret)
    folder = tmp_path / name
    shutil.copytree(LABS / name, folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    weights = [
        12 if path.name == "scenario.yml" else 4 if path.suffix in (".yml", ".md", ".py") else 1 for path in files
    ]
    taken = told = 0
    for number in range(EACH):
        path = chance.choices(files, weights)[0]
        kept = path.read_bytes()
        how = _mutate(path, kept, chance)
        try:
            with _not_hanging():
                wrong = _what_is_wrong(folder, path)
        except Exception as error:
            error.add_note(f"mutation {number} of {path.relative_to(folder)}: {how}")
            raise
        finally:
            _restore(path, kept)
        taken, told = taken + (wrong is None), told + (wrong is not None)
        assert wrong is None or _is_a_sentence(wrong, folder), (number, str(path), how, wrong)
    assert taken, "every mutation was refused: nothing was seen of those that are harmless"
    assert told > EACH / 4


def _what_is_wrong(folder: Path, changed: Path) -> str | None:
    """What is told of the scenario; None when all of it is read, and is as it should be."""
    try:
        scenario = load_scenario(folder)
        if changed.suffix == ".yml":
            words = texts.catalogue(scenario, "ko")
            for text in [*list(words.texts)[::10], "It says no.", "{}", scenario.title]:
                assert isinstance(words(text), str)
        if changed.suffix == ".md":
            texts.lesson(scenario, "ko")
        if changed.suffix == ".py":
            list(texts.texts_of(scenario))
    except UsageError as error:
        assert error.cure.endswith(".")
        return error.what
    _assert_sane(scenario)
    return None


def _is_a_sentence(what: str, folder: Path) -> bool:
    place = re.match(rf"{re.escape(str(folder))}/[^:]+:[0-9]+: ", what)
    words = re.search(r"Traceback|Error\b|Exception|object at 0x|<class|<unicode string>|regex", what)
    return bool(place) and what.isprintable() and what.endswith(".") and len(what) < 700 and not words


def _assert_sane(scenario: Scenario) -> None:
    for name, spec in scenario.machines.items():
        assert re.fullmatch(r"[a-z][a-z0-9]{0,11}", name)
        assert 0 <= spec.memory <= 2**20
        assert math.isfinite(spec.cpus)
        assert 0 <= spec.cpus <= 1024
        if isinstance(spec, ContainerSpec):
            assert all(re.fullmatch(r"(/[\w.-]+)+", mount.target, re.ASCII) for mount in spec.mounts)
            assert len({mount.target for mount in spec.mounts}) == len(spec.mounts)
            assert all(variable and "=" not in variable for variable in spec.environment)
    assert len({step.id for step in scenario.steps}) == len(scenario.steps)
    for step in scenario.steps:
        assert math.isfinite(step.timeout)
        assert 0 < step.timeout <= 86_400
        assert step.expect is None or 0 <= step.expect <= 255
        for place in step.on:
            _assert_runs(scenario.folder / step.script_for(place))
    for task in scenario.tasks:
        assert task.check.startswith("test_")
        _assert_runs(scenario.folder / task.solution)
        assert len({*task.wrong}) == len(task.wrong) > 1
        for attempt in task.wrong:
            _assert_runs(scenario.folder / attempt)
    shown = [scenario.title, scenario.summary, *(step.title + step.proves for step in scenario.steps)]
    shown += [task.title + task.goal + "".join(task.hints) for task in scenario.tasks]
    assert all(text.strip() and "\x1b" not in text and "\0" not in text for text in shown)
    assert scenario.lesson.read_text(encoding="utf-8").strip()


def _assert_runs(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert text.strip()
    assert interpreter(text)


# -- mutations


def _mutate(path: Path, content: bytes, chance: random.Random) -> str:
    """Change the file somehow; returns how."""
    mutations = [_flip, _delete, _insert, _insert, _insert, _swap_lines, _drop_line, _double_line, _as_latin_1]
    if path.suffix == ".yml":
        mutations += [_replace_value, _replace_value, _replace_value, _rename_key, _move, _indent] * 2
    mutation = chance.choice(mutations)
    if chance.random() < 0.12:
        mutation_of_kind = chance.choice([_folder, _pipe, _link_to_nothing, _loop, _gone, _empty, _binary, _device])
        mutation_of_kind(path)
        return mutation_of_kind.__name__
    path.write_bytes(mutation(content, chance))
    return mutation.__name__


def _flip(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 8])):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _delete(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + content[at + chance.choice([1, 2, 20, 400]) :]


def _insert(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) + 1) if chance.random() < 0.8 else 0
    return content[:at] + chance.choice(NASTY) + content[at:]


def _lines(change: Callable[[list[bytes], random.Random], None]) -> Callable[[bytes, random.Random], bytes]:
    def mutation(content: bytes, chance: random.Random) -> bytes:
        lines = content.splitlines(keepends=True)
        change(lines, chance)
        return b"".join(lines)

    mutation.__name__ = change.__name__
    return mutation


@_lines
def _swap_lines(lines: list[bytes], chance: random.Random) -> None:
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]


@_lines
def _drop_line(lines: list[bytes], chance: random.Random) -> None:
    del lines[chance.randrange(len(lines))]


@_lines
def _double_line(lines: list[bytes], chance: random.Random) -> None:
    at = chance.randrange(len(lines))
    lines.insert(at, lines[at])


@_lines
def _indent(lines: list[bytes], chance: random.Random) -> None:
    at = chance.randrange(len(lines))
    lines[at] = chance.choice([b" ", b"  ", b"\t"]) + lines[at]


@_lines
def _replace_value(lines: list[bytes], chance: random.Random) -> None:
    fields = [at for at, line in enumerate(lines) if re.match(rb"[ -]*[^:#]+: ?\S", line)]
    if fields:
        at = chance.choice(fields)
        key = lines[at].partition(b":")[0]
        value = chance.choice(VALUES).encode() if chance.random() < 0.7 else chance.choice(NASTY)
        lines[at] = key + b": " + value + b"\n"


@_lines
def _rename_key(lines: list[bytes], chance: random.Random) -> None:
    fields = [at for at, line in enumerate(lines) if re.match(rb"[ -]*\w+:", line)]
    if fields:
        at = chance.choice(fields)
        name = chance.choice([b"<<", b"on", b"kind", b"\xc2\xb2", b"a.b[0]", b'""', b"x" * 300, b"[a]", b'"\\e"', b"~"])
        lines[at] = re.sub(rb"\w+:", lambda _: name + b":", lines[at], count=1)


@_lines
def _move(lines: list[bytes], chance: random.Random) -> None:
    lines.insert(chance.randrange(len(lines)), lines.pop(chance.randrange(len(lines))))


def _as_latin_1(content: bytes, chance: random.Random) -> bytes:
    return content + "# Größe\n".encode("latin-1")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _link_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to("nothing")


def _loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def _gone(path: Path) -> None:
    path.unlink()


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 8)


def _device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/null")


def _restore(path: Path, content: bytes) -> None:
    if path.is_dir():
        path.rmdir()
    elif path.is_symlink() or not path.is_file():
        path.unlink(missing_ok=True)
    path.write_bytes(content)


@contextmanager
def _not_hanging() -> Iterator[None]:
    def hangs(signum: int, frame: object) -> None:
        raise AssertionError("it hangs")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


# -- what one broken scenario does to the others


def test_however_many_are_broken_the_others_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_SCENARIOS", str(tmp_path))
    for name in ("scenario-1", "scenario-3"):
        shutil.copytree(LABS / name, tmp_path / name)
    broken: dict[str, Callable[[Path], object]] = {
        "folder": _folder,
        "pipe": _pipe,
        "link": _link_to_nothing,
        "loop": _loop,
        "empty": _empty,
        "binary": _binary,
        "device": _device,
        "bomb": lambda path: path.write_text(BOMB),
        "deep": lambda path: path.write_text("a: " + "[" * 100_000),
        "bake": lambda path: None,
        "²": lambda path: None,
        "Upper": lambda path: None,
        "a\x1b[2Jb": lambda path: None,
        os.fsdecode(b"a\xff"): lambda path: None,
    }
    for name, breaking in broken.items():
        shutil.copytree(LABS / "scenario-3", tmp_path / name)
        breaking(tmp_path / name / "scenario.yml")
    shutil.copytree(LABS / "scenario-3", tmp_path / "korean")
    (tmp_path / "korean" / "ko.yml").write_text("- a\n")
    assert set(find_scenarios(tmp_path)) == {*broken, "scenario-1", "scenario-3", "korean"}
    with _not_hanging():
        done = CliRunner().invoke(lab, ["list", "--lang", "ko"])
    assert done.exit_code == 2
    listed = [line.split()[0] for line in done.stdout.splitlines()]
    assert listed == ["scenario-1", "scenario-3"]
    sentences = [line for line in done.stderr.splitlines() if line.startswith("✘")]
    assert len(sentences) == len(broken) + 1
    assert "\x1b" not in done.stderr


BOMB = "a: &a [lol, lol, lol]\n" + "".join(
    f"{chr(98 + each)}: &{chr(98 + each)} [{', '.join([f'*{chr(97 + each)}'] * 9)}]\n" for each in range(20)
)


def test_what_aliases_repeat_is_counted(tmp_path: Path) -> None:
    (tmp_path / "scenario.yml").write_text(BOMB)
    with pytest.raises(UsageError, match=r"scenario\.yml:[0-9]+: expected at most"), _not_hanging():
        load_scenario(tmp_path)


def test_an_alias_is_what_it_stands_for(tmp_path: Path) -> None:
    folder = tmp_path / "scenario-3"
    shutil.copytree(LABS / "scenario-3", folder)
    file = folder / "scenario.yml"
    text = file.read_text()
    file.write_text(text.replace("roles: [common]", "roles: &roles [common]", 1).replace("[common]}", "*roles }"))
    file.write_text(file.read_text().replace("&roles *roles }", "&roles [common]}"))
    assert yaml.compose(file.read_text()) is not None
    assert load_scenario(folder).machines == load_scenario(LABS / "scenario-3").machines
