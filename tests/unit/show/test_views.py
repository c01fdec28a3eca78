"""Whatever foreign text comes by whatever way, a screen gets text of it, and no more than a person reads."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from provisioning.deployment import Deployment, MachineStatus
from provisioning.host.doctor import Finding
from provisioning.images.golden_vm import GOLDEN_VM
from provisioning.inert import LINES, SIZE
from provisioning.lesson.checks import Verdict
from provisioning.lesson.measurements import Plot
from provisioning.lesson.steps import Evidence
from provisioning.lesson.texts import Catalogue
from provisioning.proof.manifest import Difference
from provisioning.scenario.model import Prediction, Scenario, Step, Task
from provisioning.show.screen import Screen
from provisioning.show.views import OTHERWISE, Views
from provisioning.stock import explain, store
from provisioning.stock.explain import Explanation, Link
from provisioning.stock.store import Stored
from tests.unit.fakes import FakeEngine
from tests.unit.kept import bake, edit

EVIL = "[red]m[/red]\x1b]0;t\x07\x1b[2J\x9b2J\u202er\rc\x1b[5mb\x1b]8;;http://x\x1b\\ :smile: [/] \x1b"
SHOWN = [r"\x1b]0;t\x07", r"\x1b[2J", r"\x9b2J", r"\u202er", r"\rc", r"\x1b[5mb", "[red]m[/red]", ":smile:", "[/]"]
WORDS = Catalogue({})
TASK = Task(
    id=EVIL, title=EVIL, goal=EVIL, machine=EVIL, check="test_x", solution="s", wrong=("w", "l"), hints=(EVIL, EVIL)
)
PLOT = Plot(
    title=EVIL, unit=EVIL, kind="curve", x_label=EVIL, note=EVIL, series={EVIL: [(1.0, 2.0)], "b": [(2.0, 2.0)]}
)
STEP = Step(
    id="s",
    title=EVIL,
    script="s",
    on=("host",),
    proves=EVIL,
    predict=Prediction(question=EVIL, choices=(EVIL, "b"), answer="b"),
)
SCENARIO = Scenario(
    name="scenario-7", folder=Path(), title=EVIL, summary=EVIL, claims=(), machines={}, steps=(STEP,), tasks=(TASK,)
)
VERDICT = Verdict(check="c", title=EVIL, machines=(EVIL,), passed=False, message=EVIL, seconds=0.1)


def _evidence(**fields: object) -> Evidence:
    one = Evidence(
        step="s",
        title=EVIL,
        proves=EVIL,
        machine=EVIL,
        kind="container",
        script=EVIL,
        stdout=EVIL,
        stderr=EVIL,
        status=1,
        seconds=0.1,
        ok=False,
        plots=(PLOT,),
    )
    return msgspec.structs.replace(one, **fields)


def _stored() -> Stored:
    return Stored(kind="golden", key=EVIL, size=1, made=datetime.now(UTC), last_used=None, wanted=True, used=False)


def _explanation() -> Explanation:
    return Explanation(
        kind="golden",
        key=EVIL,
        size=1,
        made=datetime.now(UTC),
        last_used=None,
        wanted=False,
        used=True,
        used_by=[EVIL],
        asked_by=[],
        why=EVIL,
        changed=[],
        inputs={EVIL: EVIL},
    )


VIEWS: dict[str, Callable[[Views], None]] = {
    "evidence": lambda views: views.step(SCENARIO, [_evidence()], "", WORDS),
    "evidence side by side": lambda views: views.step(SCENARIO, [_evidence(), _evidence(ok=True)], EVIL, WORDS),
    "evidence of nothing": lambda views: views.step(SCENARIO, [_evidence(stdout="", stderr="")], "", WORDS),
    "evidence that proves": lambda views: views.step(SCENARIO, [_evidence(ok=True)], "", WORDS),
    "many places": lambda views: views.step(SCENARIO, [_evidence()] * 40, "", WORDS),
    "verdicts": lambda views: views.verdicts([VERDICT], WORDS),
    "tasks": lambda views: views.tasks([TASK], {}, WORDS),
    "hints": lambda views: views.hints(TASK, [EVIL, EVIL], WORDS),
    "differences": lambda views: views.differences(
        [Difference(machine=EVIL, section="files", name=EVIL, golden="", now="x")]
    ),
    "stored": lambda views: views.stored([_stored()]),
    "explanation": lambda views: views.explanation(_explanation()),
    "chains": lambda views: views.chains({EVIL: [Link(kind="golden", key=EVIL, there=False, why=EVIL, changed=[])]}),
    "findings": lambda views: views.findings([Finding(name=EVIL, status="missing", detail=EVIL, cure=EVIL)]),
    "lesson": lambda views: views.lesson(f"{EVIL}\n\n[a](http://x/) [b](javascript:x)"),
}


def _views(terminal: bool) -> tuple[Views, io.StringIO]:
    views, out = Views(), io.StringIO()
    colours = "truecolor" if terminal else None
    views.out = Console(file=out, highlight=False, width=200, force_terminal=terminal, color_system=colours)  # type: ignore[arg-type]
    return views, out


def _check_inert(out: str, terminal: bool) -> None:
    bare = re.sub(r"\x1b\[[0-9;]*m", "", out) if terminal else out
    assert all(each in "\n\t" or each.isprintable() for each in bare)


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("view", VIEWS)
def test_no_view_lets_anything_but_colour_through(view: str, terminal: bool) -> None:
    views, out = _views(terminal)
    VIEWS[view](views)
    _check_inert(out.getvalue(), terminal)
    if view != "lesson":
        assert "\\x1b]0;t" in re.sub(r"\s|│|\x1b\[[0-9;]*m", "", out.getvalue())


@pytest.mark.parametrize("shown", SHOWN)
def test_nothing_of_evidence_is_lost(shown: str) -> None:
    views, out = _views(terminal=False)
    views.step(SCENARIO, [_evidence()], "", WORDS)
    assert shown in out.getvalue()


@pytest.mark.parametrize("red", [False, True])
def test_a_step_proves_something_only_where_it_went_as_expected(red: bool) -> None:
    views, out = _views(terminal=False)
    evidence = [_evidence(proves="So it is.", ok=True), _evidence(proves="So it is.", ok=not red)]
    views.step(SCENARIO, evidence, "", WORDS)
    assert ("So it is." in out.getvalue(), OTHERWISE in out.getvalue()) == (not red, red)


@pytest.mark.parametrize("terminal", [True, False])
def test_the_colours_of_evidence_are_for_a_terminal_and_stay_in_their_place(terminal: bool) -> None:
    views, out = _views(terminal)
    views.step(SCENARIO, [_evidence(stdout="\x1b[32mgreen", stderr="", ok=True, title="t", machine="m")], "", WORDS)
    found = next(line for line in out.getvalue().splitlines() if "green" in line)
    assert ("\x1b[32mgreen\x1b[0m" in found) == terminal


def test_a_word_wider_than_its_place_is_whole() -> None:
    views, out = _views(terminal=False)
    views.step(SCENARIO, [_evidence(stdout="x" * 300, stderr="")] * 2, "", WORDS)
    assert out.getvalue().count("x" * 20) >= 2
    assert out.getvalue().count("x") - EVIL.count("x") >= 600
    assert "xx…" not in out.getvalue()


LONG = {
    "many lines": "a line\n" * 600_000,
    "one line": "x" * 4_000_000,
    "one line of Korean": "한" * 1_300_000,
    "colours": "\x1b[31mx\x1b[0m" * 400_000,
    "controls": "\x1b" * 4_000_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_of_much_a_person_sees_the_beginning_and_the_end_and_how_much_was_left_out(text: str) -> None:
    views, out = _views(terminal=False)
    step = [_evidence(stdout=text + "\nlast", stderr="", plots=(), machine=name) for name in ("a", "b")]
    views.step(SCENARIO, step, "", WORDS)
    views.verdicts([msgspec.structs.replace(VERDICT, message=text)], WORDS)
    assert out.getvalue().count("characters are left out here") == 3
    assert "last" in out.getvalue()
    assert len(out.getvalue()) < 50 * SIZE
    assert out.getvalue().count("\n") < 20 * LINES


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("text", [EVIL, EVIL * 100_000, "\n".join([EVIL] * 3)], ids=["short", "long", "lines"])
def test_phases_and_errors_are_text(text: str, terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    class Out(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    out = Out()
    monkeypatch.setattr(sys, "stderr", out)
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    with screen.phase(text) as phase:
        phase.note(text)
        console = Console(file=(drawn := io.StringIO()), force_terminal=True, width=5000)
        console.print(screen.running())
    screen.say(text)
    screen.error(text, text)
    moving = r"\x1b\[(\?25[lh]|2K|1A)|\r"  # how the spinner is drawn anew
    _check_inert(re.sub(moving, "", out.getvalue()), terminal=True)
    _check_inert(drawn.getvalue(), terminal=True)
    assert "[red]m[/red]" in drawn.getvalue()
    assert len(out.getvalue() + drawn.getvalue()) < 50 * SIZE


def test_names_in_the_table_of_machines_are_text(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().status([MachineStatus(EVIL, EVIL, "vm", EVIL, EVIL)])
    _check_inert(capsys.readouterr().out, terminal=False)


def test_what_is_kept_and_why_is_shown(
    opened: Deployment, engine: FakeEngine, role: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = bake(opened, engine)
    opened = edit(opened, role, "two")
    screen = Views()
    found = store.stored([opened])
    screen.stored(found)
    screen.disk_use(store.disk_use(opened.settings, found))
    screen.explanation(explain.explain([opened], keys[GOLDEN_VM]))
    screen.chains(explain.chains([opened], opened))
    said = capsys.readouterr().out
    assert "in use" in said
    assert "its limit is 20 GB" in said
    assert "No scenario asks for it any more: roles/web/main.yml changed." in said
    assert f"roles/web/main.yml changed since {keys[GOLDEN_VM]}" in said
    assert "1 file" in said
