"""What the instructor's page says, without a browser."""

from __future__ import annotations

import re

import pytest

from provisioning.lesson.texts import LANGUAGES, interface
from provisioning.page.board.server import BOARD_TEXTS, FOLDER
from provisioning.page.view import FOLDER as SHARED
from provisioning.page.view import SCRIPT_TEXTS
from tests.unit.page.said import said

OTHERS = [code for code in LANGUAGES if code != "en"]
SCRIPT = (FOLDER / "board.js").read_text()
SAID_BY_SCRIPT = set(re.findall(r'\bt\("([^"]+)"', SCRIPT))
NEEDS = {
    text
    for told in re.findall(r"^const (?:NEEDS|WHYS) = \{(.*)\};$", SCRIPT, re.MULTILINE)
    for text in re.findall(r': "([^"]+)"', told)
}


@pytest.mark.parametrize("code", OTHERS)
def test_the_page_says_everything_in_the_language(code: str) -> None:
    said = set(BOARD_TEXTS)
    for file in (FOLDER / "board.html.j2", FOLDER / "server.py"):
        said |= {text for pair in re.findall(r"""\bt\((?:"([^"]+)"|'([^']+)')\)""", file.read_text()) for text in pair}
    said.discard("")
    shared = set(interface(code)) | set(interface(code, SHARED))
    assert sorted(said - shared - set(interface(code, FOLDER))) == []
    assert sorted(set(interface(code, FOLDER)) - said) == []
    assert sorted(set(interface(code, FOLDER)) & shared) == [], "is said by the learner's page, too"


@pytest.mark.parametrize("code", OTHERS)
def test_the_program_speaks_the_language_too(code: str) -> None:
    there, shared = interface(code, FOLDER, "program"), interface(code, SHARED, "program")
    told = said(to_the_instructor=True)
    assert {text: place for text, place in told.items() if text not in {**there, **shared}} == {}
    assert sorted(set(there) - set(told)) == []
    assert sorted(set(there) & set(shared)) == [], "is said on the learner's page, too"


def test_the_script_says_what_is_translated() -> None:
    assert sorted((SAID_BY_SCRIPT | NEEDS) - set(BOARD_TEXTS) - set(SCRIPT_TEXTS)) == []
    assert sorted(set(BOARD_TEXTS) - SAID_BY_SCRIPT - NEEDS) == []


def test_nothing_that_a_seat_says_becomes_markup() -> None:
    assert "innerHTML" not in SCRIPT
    assert "insertAdjacentHTML" not in SCRIPT
    assert "innerHTML" not in (SHARED / "common.js").read_text()
