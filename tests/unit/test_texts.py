"""Every text that a learner reads is there in every language, and the right language is chosen."""

from __future__ import annotations

import re

import pytest

from provisioning import texts
from provisioning.scenario import Scenario, load_all
from provisioning.settings import REPOSITORY

SCENARIOS = load_all(REPOSITORY / "labs")
OTHERS = [code for code in texts.LANGUAGES if code != texts.SOURCE]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
@pytest.mark.parametrize("code", OTHERS)
def test_nothing_is_untranslated(scenario: Scenario, code: str) -> None:
    words = texts.catalogue(scenario, code)
    assert [text for text in texts.texts_of(scenario) if not words.texts.get(text)] == []
    assert (scenario.folder / f"lesson.{code}.md").is_file()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
@pytest.mark.parametrize("code", OTHERS)
def test_nothing_is_translated_that_is_not_there(scenario: Scenario, code: str) -> None:
    words = texts.catalogue(scenario, code)
    assert sorted(set(words.texts) - set(texts.texts_of(scenario)) - set(texts.interface(code))) == []
    assert [
        text for text, other in words.texts.items() if text.count("{}") != other.count("{}") and "{{" not in text
    ] == []


@pytest.mark.parametrize("code", OTHERS)
def test_screen_and_page_speak_the_language_of_the_lesson(code: str) -> None:
    page = (REPOSITORY / "provisioning" / "report" / "page.html.j2").read_text()
    screen = (REPOSITORY / "provisioning" / "views.py").read_text()
    said = set(re.findall(r'\bt\("([^"]+)"\)', page))
    said |= {re.sub(r"\{[^}]+\}", "{}", text) for text in re.findall(r'words\(f"([^"]+)"\)', screen)}
    assert said == set(texts.interface(code))


@pytest.mark.parametrize(
    ("chosen", "environ", "language"),
    [
        ("ko", {"LANG": "C.UTF-8"}, "ko"),
        ("", {"LANG": "ko_KR.UTF-8"}, "ko"),
        ("", {"LANG": "en_US.UTF-8", "LC_ALL": "ko_KR.UTF-8"}, "ko"),
        ("", {"LANG": "fr_FR.UTF-8"}, "en"),
        ("", {}, "en"),
    ],
)
def test_the_language_is_what_was_asked_for_then_what_lang_says(
    chosen: str, environ: dict[str, str], language: str
) -> None:
    assert texts.language(chosen, environ) == language


def test_a_missing_translation_falls_back_to_english() -> None:
    words = texts.Catalogue({"The file says {}.": "파일에는 {}라고 적혀 있습니다."})
    assert words("Something else.") == "Something else."
    assert words("The file says no.") == "파일에는 no라고 적혀 있습니다."
