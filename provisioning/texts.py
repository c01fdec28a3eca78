"""The languages of the lessons: English is the source, a catalogue beside the lesson maps each text to another."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

import yaml

from provisioning.errors import UsageError
from provisioning.scenario import TASK_CHECKS, Scenario

SOURCE = "en"
LANGUAGES = (SOURCE, "ko")


def language(chosen: str, environ: Mapping[str, str]) -> str:
    """The language to show lessons in: ``chosen`` (``--lang``), else what LC_ALL or LANG says, else English."""
    wish = chosen or environ.get("LC_ALL") or environ.get("LANG") or SOURCE
    code = re.split(r"[_.@-]", wish.lower())[0]
    return code if code in LANGUAGES else SOURCE


class Catalogue:
    """What each English text is in one language; a text that is missing stays English."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def __call__(self, text: str) -> str:
        """``text`` in the catalogue's language.

        >>> Catalogue({"It says {}.": "{}라고 합니다."})("It says no.")
        'no라고 합니다.'
        """
        if text in self.texts:
            return self.texts[text]
        for english, template in self._templates:
            if (found := _filled(english, text)) is not None:
                return template.format(*found)
        return text

    @cached_property
    def _templates(self) -> list[tuple[str, str]]:
        """Texts with ``{}`` in them, which take any words there."""
        return [(english, other) for english, other in self.texts.items() if "{}" in english]


def _filled(template: str, text: str) -> list[str] | None:
    """What stands for each ``{}`` of a template, None where the text is another; it takes no longer than to read it.

    >>> _filled("{} and {}.", "a and b and c.")
    ['a and b', 'c']
    """
    first, *between, last = template.split("{}")
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return None
    rest, found = text[len(first) : len(text) - len(last)], []
    for words in reversed(between):
        rest, seen, after = rest.rpartition(words) if words else (rest, "", "")
        if words and not seen:
            return None
        found.append(after)
    return [rest, *reversed(found)]


def catalogue(scenario: Scenario, code: str) -> Catalogue:
    """The catalogue of a scenario (``<language>.yml`` in its folder) over that of screen and page; empty for English.

    Raises:
        UsageError: it is no mapping of texts.
    """
    return Catalogue({**interface(code), **_texts_in(scenario.folder / f"{code}.yml")})


def interface(code: str) -> dict[str, str]:
    """What screen and page themselves say around a lesson."""
    return _texts_in(Path(__file__).parent / f"interface.{code}.yml")


def _texts_in(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    texts = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)  # noqa: S506 (makes nothing but text)
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise UsageError(f"{path}: expected a mapping of English texts to others.", "Correct the file.")
    return texts


def lesson(scenario: Scenario, code: str) -> str:
    """The lesson's text (Markdown) in that language, else in English."""
    path = scenario.folder / f"lesson.{code}.md"
    return (path if path.is_file() else scenario.lesson).read_text(encoding="utf-8")


def texts_of(scenario: Scenario) -> Iterator[str]:
    """Every English text that a learner reads, beside the lesson; ``{}`` stands for what is filled in."""
    yield scenario.title
    yield scenario.summary
    for step in scenario.steps:
        yield step.title
        yield step.proves
        if step.predict:
            yield step.predict.question
            yield from step.predict.choices
    for task in scenario.tasks:
        yield task.title
        yield task.goal
        yield from task.hints
    for path in sorted([*scenario.folder.glob("test_*.py"), *scenario.folder.glob(TASK_CHECKS)]):
        yield from _texts_of_checks(ast.parse(path.read_text(encoding="utf-8")))


def _texts_of_checks(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield (ast.get_docstring(node) or node.name).splitlines()[0]
        elif isinstance(node, ast.Assert) and node.msg is not None:
            yield from _template(node.msg)


def _template(message: ast.expr) -> Iterator[str]:
    match message:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)
