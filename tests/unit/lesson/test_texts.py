"""Every text that a learner reads is there in every language, and the right language is chosen."""

from __future__ import annotations

import ast
import os
import re
import shutil
from pathlib import Path

import pytest

from provisioning.errors import UsageError
from provisioning.lesson import texts
from provisioning.lesson.measurements import Plot
from provisioning.lesson.steps import Evidence
from provisioning.lesson.texts import Catalogue
from provisioning.scenario.load import load_all, load_scenario
from provisioning.scenario.model import Scenario
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


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_whatever_a_check_says_can_be_translated(scenario: Scenario) -> None:
    for path in [*scenario.folder.glob("test_*.py"), scenario.folder / "tasks.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Assert):
                said = isinstance(node.msg, ast.JoinedStr) or isinstance(getattr(node.msg, "value", None), str)
                assert said, f"{path}:{node.lineno}: an assertion without a text, or with one that is put together"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_whatever_a_figure_says_can_be_translated(scenario: Scenario) -> None:
    for path in scenario.folder.glob("steps/*"):
        if path.suffix != ".py":
            assert "LAB_DATA" not in path.read_text(), (
                f"{path}: a figure is drawn by Python, with labs/tools/figures.py"
            )
            continue
        program = path.read_text()
        assert "LAB_DATA" not in program, f"{path}: a figure is drawn with labs/tools/figures.py"
        for node in ast.walk(ast.parse(program)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("samples", "curve"):
                title, _, *others = node.args
                others = [each for each in others if not isinstance(each, ast.Dict)]
                others += [word.value for word in node.keywords if word.arg in ("note", "x_label")]
                for text in (title, *others):
                    plain = isinstance(text, ast.Constant | ast.JoinedStr) and getattr(text, "value", "text") != ""
                    assert not plain, f"{path}:{text.lineno}: a text of a figure is marked by _(...)"


def test_what_a_figure_says_is_among_the_texts_and_missed_where_it_is_not(scenario: Scenario) -> None:
    script = scenario.folder / "steps" / "figure.py"
    script.write_text('from figures import _, samples\nsamples(_("A title"), "s", {_(f"in {place}"): [1]})\n')
    assert {"A title", "in {}"} <= set(texts.texts_of(scenario))
    plot = Plot(title="A title", unit="s", kind="samples", series={"in vm": [1.0], "unmarked": [1.0]})
    seen = Evidence(
        step="figure",
        title="",
        proves="",
        machine="host",
        kind="host",
        script="",
        stdout="",
        stderr="",
        status=0,
        seconds=0.0,
        ok=True,
        plots=(plot,),
    )
    assert len(texts.untranslated(scenario, [seen])) == 3
    with (scenario.folder / "ko.yml").open("a") as file:
        file.write('"A title": "제목"\n"in {}": "{}에서"\n')
    assert texts.untranslated(scenario, [seen]) == [
        "The figure of the step 'figure' says 'unmarked', and ko.yml does not have it."
    ]


@pytest.mark.parametrize("code", OTHERS)
def test_screen_and_page_speak_the_language_of_the_lesson(code: str) -> None:
    page = (REPOSITORY / "provisioning" / "show" / "report" / "page.html.j2").read_text()
    said = set(re.findall(r'\bt\("([^"]+)"\)', page))
    for module in ("show/views.py", "lesson/measurements.py"):
        program = (REPOSITORY / "provisioning" / module).read_text()
        said |= {
            re.sub(r"\{[^}]+\}", "{}", text) for text in re.findall(r"words\(\s*f?[\"']([^\"']+)[\"']\s*\)", program)
        }
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


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    shutil.copytree(REPOSITORY / "labs" / "scenario-3", tmp_path / "scenario-3")
    return load_scenario(tmp_path / "scenario-3")


def put(path: Path, sort: str) -> None:
    """In the place of the file something of another sort."""
    path.unlink()
    match sort:
        case "a folder":
            path.mkdir()
        case "a named pipe":
            os.mkfifo(path)
        case "a link to nothing":
            path.symlink_to("nothing")
        case "a link that leads in a circle":
            path.symlink_to(path.name)
        case "a device":
            path.symlink_to("/dev/null")


SORTS = ["a folder", "a named pipe", "a link to nothing", "a link that leads in a circle", "a device"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "1: expected a mapping of fields"),
        (b"- a\n", "1: expected a mapping of fields"),
        (b"a\n", "1: expected a mapping of fields"),
        (b"a: b\n\xb0\xa1: c\n", "2: expected UTF-8 text, found the byte 0xb0"),
        (b"a: b\na: c\n", "2: the field 'a' is given twice"),
        (b"a: [b]\n", "1: a: expected a text, found a list"),
        (b"a: b\nc.d[0]: {e: f}\n", "2: c.d[0]: expected a text, found a mapping"),
        (b"a:\n", "1: a: expected a text, found nothing"),
        (b"a: ' '\n", "1: a: expected a text, found ' '"),
        (b"a: 'b\n", "2: expected YAML, but found unexpected end of stream"),
        (b"\ta: b\n", "1: expected YAML, but found character that cannot start any token"),
        (b"a: b\n\x1b: c\n", "2: expected YAML, but found the control character U+001B"),
        (b'a: "\\e[2J"\n', "1: a: expected text, found the control character U+001B"),
        (b"a: &a [*a]\n", "1: expected YAML, but found unconstructable recursive node"),
        (b"a: !!python/object:x b\n", "1: expected a value without a tag, found"),
        (b"[a]: b\n", "1: expected a field's name, found a list or a mapping"),
        (b"a: " + b"[" * 5000, "1: expected YAML, but exceeded maximum nesting depth"),
        (b"a: b\nIt is {}.: It is.\n", "2: It is {}.: expected {} as often as in English, 1, found 'It is.'"),
        (b"It is {}.: '{} {}'\n", "1: It is {}.: expected {} as often as in English, 1, found '{} {}'"),
        (b"It is {}.: '{0}{'\n", "1: It is {}.: expected {} as often as in English, 1, found '{0}{'"),
        (b"a: " + b"b" * 2**20, "1: expected a file of at most 1048576 bytes"),
    ],
)
def test_a_catalogue_that_is_none_is_told_with_its_line(scenario: Scenario, content: bytes, told: str) -> None:
    (scenario.folder / "ko.yml").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        texts.catalogue(scenario, "ko")
    assert caught.value.what.startswith(f"{scenario.folder / 'ko.yml'}:{told}")
    texts.catalogue(scenario, "en")  # which does not ask it


@pytest.mark.parametrize("sort", SORTS)
def test_a_catalogue_that_is_no_file_is_told(scenario: Scenario, sort: str) -> None:
    put(scenario.folder / "ko.yml", sort)
    with pytest.raises(UsageError, match=rf"ko\.yml:1: expected a file, found {sort}\.$"):
        texts.catalogue(scenario, "ko")


@pytest.mark.parametrize("sort", SORTS)
def test_a_lesson_that_is_no_file_is_told(scenario: Scenario, sort: str) -> None:
    put(scenario.folder / "lesson.ko.md", sort)
    with pytest.raises(UsageError, match=rf"lesson\.ko\.md:1: expected a file, found {sort}\.$"):
        texts.lesson(scenario, "ko")
    assert texts.lesson(scenario, "en")


def test_a_lesson_in_another_code_is_told(scenario: Scenario) -> None:
    (scenario.folder / "lesson.ko.md").write_bytes("# 하나\n".encode("euc-kr"))
    with pytest.raises(UsageError, match=r"lesson\.ko\.md:1: expected UTF-8 text, found the byte 0xc7"):
        texts.lesson(scenario, "ko")


def test_a_lesson_that_is_not_there_is_read_in_english(scenario: Scenario) -> None:
    (scenario.folder / "lesson.ko.md").unlink()
    (scenario.folder / "ko.yml").unlink()
    assert texts.lesson(scenario, "ko") == scenario.lesson.read_text()
    assert texts.catalogue(scenario, "ko")(scenario.title) == scenario.title


def test_checks_that_are_no_python_are_told(scenario: Scenario) -> None:
    (scenario.folder / "test_kernel.py").write_text("\ndef test_(:\n")
    with pytest.raises(UsageError, match=r"test_kernel\.py:2: expected Python, but "):
        list(texts.texts_of(scenario))


@pytest.mark.parametrize(
    ("english", "other", "said", "shown"),
    [
        ("It is {}.", "{0}{", "It is 5.", "{0}{"),
        ("It is {}.", "{!r:>{}} {", "It is 5.", "{!r:>5} {"),
        ("It is {}.", "{} {}", "It is 5.", "5 "),
        ("It is {}.", "nothing", "It is 5.", "nothing"),
        ("{}", "<{}>", "a\nb", "<a\nb>"),
        ("{} and {}", "{}, {}", "a and b and c", "a, b and c"),
        ("aa{}aa", "<{}>", "aaa", "aaa"),
        ("'{{.Id}}' is {}", "{}: '{{.Id}}'", "'{{.Id}}' is 5", "5: '{{.Id}}'"),
        ("{}a" * 30, "{}" * 30, "a" * 10_000 + "b", "a" * 10_000 + "b"),  # by a regular expression it would take years
    ],
)
def test_whatever_a_template_is_it_is_filled(english: str, other: str, said: str, shown: str) -> None:
    assert texts.Catalogue({english: other})(said) == shown


@pytest.mark.parametrize("chosen", ["xx", "english", "\x1b[2J", "-", "k" * 5000])
def test_an_unknown_language_is_a_mistake_where_it_was_chosen(chosen: str) -> None:
    with pytest.raises(UsageError) as caught:
        texts.language(chosen, {"LANG": "ko_KR.UTF-8"})
    assert caught.value.cure == "There are: en, ko."
    assert caught.value.what.isprintable()
    assert texts.language("", {"LANG": chosen, "LC_ALL": chosen}) == "en"


def test_a_catalogue_takes_no_longer_than_the_text() -> None:
    """Of a template that nearly fits, a regular expression would try each `and` in each place."""
    words = Catalogue({"{} and {} and {} and {} end": "{}, {}, {}, {}"})
    text = "x and " * 50_000
    assert words(text) == text
    assert words("a and b and c and d end") == "a, b, c, d"
