"""What the page shows and loads, without a browser."""

from __future__ import annotations

import hashlib
import re

import pytest

from provisioning.lesson.results import Outcome
from provisioning.lesson.steps import Evidence
from provisioning.lesson.texts import LANGUAGES, interface
from provisioning.page.view import FOLDER, SCRIPT_TEXTS, STATES, View
from provisioning.scenario.load import load_scenario
from provisioning.settings import REPOSITORY
from tests.unit.page.said import said

ASSETS = {
    "xterm.mjs": "3fd3d0046d2604ea5860235e2f96625a2fab158dcf3d4cfb0f7c1655559a5d9a",
    "xterm.css": "854a7c0fb70e8b1a083c16797ab827299fb18744f5ad34f227b48337e33293c6",
    "addon-fit.mjs": "aa22c5f28e4d64118ac0e7d60276b3384188e59dd104c96e43760d6e2cedd771",
}
"""xterm.js 6.0.0 and its addon-fit 0.11.0 as their authors published them, without the addresses of their maps."""


def test_foreign_text_is_inert() -> None:
    scenario = load_scenario(REPOSITORY / "labs" / "scenario-3")
    evil = "<script>evil()</script>\x1b]0;evil\x07"
    step = scenario.steps[0]
    evidence = tuple(
        Evidence(
            step=step.id,
            title=step.title,
            proves=step.proves,
            machine=machine,
            kind="host",
            script=evil,
            stdout=evil,
            stderr="",
            status=0,
            seconds=0.1,
            ok=True,
        )
        for machine in ("host", evil)
    )
    told = View(scenario, "en").parts(Outcome(scenario=scenario.name, title="", evidence=evidence))[f"step-{step.id}"]
    assert "&lt;script&gt;evil()&lt;/script&gt;\\x1b]0;evil\\x07" in told
    assert "<script" not in told
    assert "\x1b" not in told


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_the_page_says_everything_in_the_language(code: str) -> None:
    said = {*SCRIPT_TEXTS, *STATES}
    for file in FOLDER.glob("*.j2"):
        said |= set(re.findall(r"\bt\((?:\"([^\"]+)\"|'[^']*')\)", file.read_text()))
        said |= set(re.findall(r"\bt\('([^']+)'\)", file.read_text()))
    for file in FOLDER.glob("*.py"):
        said |= set(re.findall(r'\bt\("([^"]+)"\)', file.read_text()))
    said.discard("")
    there = set(interface(code, FOLDER)) | set(interface(code))
    assert sorted(said - there) == []
    assert sorted(set(interface(code, FOLDER)) - said) == []


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_the_program_speaks_the_language_too(code: str) -> None:
    there, told = interface(code, FOLDER, "program"), said(to_the_instructor=False)
    assert {text: place for text, place in told.items() if text not in there} == {}
    assert sorted(set(there) - set(told)) == []


def test_what_the_program_says_is_told_in_the_words_of_the_page() -> None:
    t = View(load_scenario(REPOSITORY / "labs" / "scenario-3"), "ko").program
    assert t("vm of scenario-3 is not up.") == "vm(scenario-3): 올라와 있지 않습니다."
    assert t("Run: python3 lab.py up scenario-3") == "실행: python3 lab.py up scenario-3"
    assert t("Docker Engine does not answer within 5 s: it hangs, or this host is overloaded.").startswith("Docker")
    assert t("What nobody thought of.") == "What nobody thought of."


def test_a_task_tells_that_its_solution_was_shown() -> None:
    scenario = load_scenario(REPOSITORY / "labs" / "scenario-3")
    first, second = (task.id for task in scenario.tasks[:2])
    parts = View(scenario, "en").parts(Outcome(scenario=scenario.name, title="", solutions=(first,)))
    assert ["solution shown" in parts[f"task-{task}"] for task in (first, second)] == [True, False]


def test_scripts_say_what_is_translated() -> None:
    told = "\n".join(file.read_text() for file in FOLDER.glob("*.js"))
    said = set(re.findall(r'\bt\("([^"]+)"', told))
    assert sorted(said - set(SCRIPT_TEXTS)) == []
    assert [text for text in SCRIPT_TEXTS if f'"{text}"' not in told and text not in page_html()] == []


def test_scripts_ask_for_websockets_as_the_page_was_asked_for() -> None:
    """By TLS, where the page came by TLS: browsers refuse anything else."""
    for file in FOLDER.glob("*.js"):
        assert "ws://" not in file.read_text()
        assert all("new WebSocket(" not in line or "socketAddress(" in line for line in file.read_text().splitlines())


def page_html() -> str:
    return (FOLDER / "page.html.j2").read_text()


def test_the_terminals_are_xterm_as_it_was_published() -> None:
    for name, digest in ASSETS.items():
        assert hashlib.sha256((FOLDER / "assets" / name).read_bytes()).hexdigest() == digest


def test_nothing_is_loaded_from_elsewhere() -> None:
    for file in (*FOLDER.glob("*.j2"), *FOLDER.glob("*.js"), *FOLDER.glob("*.css")):
        assert re.findall(r"(?:src|href|import|url)\W{1,3}https?:", file.read_text()) == [], file
