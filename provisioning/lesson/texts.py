"""Translate lessons: English is the source, and a catalogue beside each lesson maps its texts to another language."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from provisioning.errors import UsageError
from provisioning.scenario.contents import parse
from provisioning.scenario.load import load_scenario, require_scenarios
from provisioning.scenario.model import TASK_CHECKS, Scenario
from provisioning.scenario.source import Source, plain, read_words, shown

if TYPE_CHECKING:
    from provisioning.lesson.steps import Evidence

SOURCE = "en"
LANGUAGES = (SOURCE, "ko")


def language(chosen: str, environ: Mapping[str, str]) -> str:
    """Return the language of lessons: ``chosen`` (``--lang``), else what LC_ALL or LANG says, else English.

    Raises:
        UsageError: there are no lessons in the chosen language. What LC_ALL or LANG says is never an error.
    """
    wish = chosen or environ.get("LC_ALL") or environ.get("LANG") or SOURCE
    code = re.split(r"[_.@-]", wish.lower())[0]
    if chosen and code not in LANGUAGES:
        raise UsageError(plain(f"There is no language {chosen[:80]!r}."), f"There are: {', '.join(LANGUAGES)}.")
    return code if code in LANGUAGES else SOURCE


class Catalogue:
    """Maps each English text to one other language; a text that is missing stays English.

    With ``nested``, what is filled into a text may be another of the texts.
    """

    def __init__(self, texts: Mapping[str, str], *, nested: bool = False) -> None:
        self.texts = texts
        self.nested = nested

    def __call__(self, text: str) -> str:
        """Return ``text`` in the catalogue's language.

        >>> Catalogue({"It says {}.": "{}라고 합니다."})("It says no.")
        'no라고 합니다.'
        """
        if text in self.texts:
            return self.texts[text]
        for pieces, other in self._templates:
            if (words := _between(pieces, text)) is not None:
                first, *rest = other
                filled = map(self, words) if self.nested else words
                return first + "".join(word + piece for word, piece in zip(filled, rest, strict=False))
        return text

    @cached_property
    def _templates(self) -> list[tuple[list[str], list[str]]]:
        """The texts with ``{}``, which stands for any words: the pieces around it, in both languages.

        The one that leaves the least to be filled in comes first.
        """
        found = [(english.split("{}"), other.split("{}")) for english, other in self.texts.items() if "{}" in english]
        return sorted(found, key=lambda each: -sum(map(len, each[0])))


def _between(pieces: Sequence[str], text: str) -> list[str] | None:
    """Return the words between the ``pieces`` of ``text``; None if it is not made of these pieces.

    >>> _between(["On ", " it is ", "."], "On alpha it is 5.")
    ['alpha', '5']
    """
    first, *inner, last = pieces
    end = len(text) - len(last)
    if not text.startswith(first) or not text.endswith(last) or end < len(first):
        return None
    words, at = [], len(first)
    for piece in inner:
        found = text.find(piece, at, end)
        if found < 0:
            return None
        words.append(text[at:found])
        at = found + len(piece)
    return [*words, text[at:end]]


def catalogue(scenario: Scenario, code: str) -> Catalogue:
    """Return a scenario's catalogue (``<language>.yml``) added to that of screen and page; an empty one for English.

    Raises:
        UsageError: it is no mapping of texts, or a text has another number of ``{}`` than the English one.
    """
    return Catalogue({**interface(code), **_texts_in(scenario.folder / f"{code}.yml")})


def interface(code: str, folder: Path = Path(__file__).parent, name: str = "interface") -> dict[str, str]:
    """Return the texts that screen and report show around a lesson; or a page, whose catalogues are in ``folder``.

    A page has two: of what it says itself, and, called ``program``, of what the program says while it works for it.
    """
    return _texts_in(folder / f"{name}.{code}.yml")


def _texts_in(path: Path) -> dict[str, str]:
    if not os.path.lexists(path):
        return {}
    source = Source(path)
    for english, other in source.data.items():
        if not isinstance(other, str) or not other.strip():
            raise source.mistake(f"$.{english}", f"expected a text, found {shown(other)}")
        wanted = english.count("{}")
        fits = not wanted or other.count("{}") == wanted
        if not fits:
            raise source.mistake(
                f"$.{english}", f"expected {{}} as often as in English, {wanted}, found {shown(other)}"
            )
    return source.data


def readable(labs: Path, code: str) -> tuple[list[tuple[Scenario, Catalogue]], list[UsageError]]:
    """Return the scenarios with their catalogues, and the mistakes of those that cannot be read in this language.

    Raises:
        UsageError: there is no scenario at all.
    """
    found: list[tuple[Scenario, Catalogue]] = []
    mistakes: list[UsageError] = []
    for name in require_scenarios(labs):
        try:
            scenario = load_scenario(labs / name)
            lesson(scenario, code)
            found.append((scenario, catalogue(scenario, code)))
        except UsageError as error:
            mistakes.append(error)
    return found, mistakes


def lesson(scenario: Scenario, code: str) -> str:
    """Return the lesson (Markdown) in that language, else in English.

    Raises:
        UsageError: it is no text.
    """
    path = scenario.folder / f"lesson.{code}.md"
    return read_words(path if os.path.lexists(path) else scenario.lesson)


def texts_of(scenario: Scenario) -> Iterator[str]:
    """Yield every English text that a learner reads, except the lesson; ``{}`` stands for what is filled in."""
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
        yield from _texts_of_checks(parse(path))
    for path in sorted(scenario.folder.glob("steps/*.py")):
        yield from _texts_of_figures(parse(path))


def untranslated(scenario: Scenario, evidence: Iterable[Evidence]) -> list[str]:
    """What of the figures that steps drew has no translation in a language that the scenario speaks, in sentences."""
    figures = [(each.step, plot) for each in evidence for plot in each.plots]
    return [
        f"The figure of the step {step!r} says {text!r}, and {code}.yml does not have it."
        for code in LANGUAGES
        if (scenario.folder / f"{code}.yml").is_file()
        for words in [catalogue(scenario, code)]
        for step, plot in figures
        for text in (plot.title, plot.x_label, plot.note, *plot.series)
        if text and words(text) == text and text not in words.texts
    ]


def _texts_of_checks(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield (ast.get_docstring(node) or node.name).splitlines()[0]
        elif isinstance(node, ast.Assert) and node.msg is not None:
            yield from _template(node.msg)


def _texts_of_figures(module: ast.Module) -> Iterator[str]:
    """What a step's script marks by ``_("...")``."""
    for node in ast.walk(module):
        match node:
            case ast.Call(func=ast.Name(id="_"), args=[text]):
                yield from _template(text)


def _template(message: ast.expr) -> Iterator[str]:
    match message:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)
