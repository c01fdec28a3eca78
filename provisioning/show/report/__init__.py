"""One self-contained page (no network needed) of what was predicted, seen and proven, and the same data as JSON."""

from __future__ import annotations

import base64
import hashlib
import os
import platform
import re
import stat
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from provisioning.environment import users_umask
from provisioning.errors import HostError, UsageError
from provisioning.inert import plain
from provisioning.lesson.measurements import Plot, Words, number, shown, summarise
from provisioning.lesson.results import Outcome, results_of
from provisioning.lesson.texts import Catalogue, catalogue, interface, lesson
from provisioning.scenario.model import Scenario
from provisioning.settings import Settings
from provisioning.show.report.svg import is_whole, svg

FOLDER = Path(__file__).parent
PICTURES = {".png": "image/png", ".svg": "image/svg+xml"}
BEGINNINGS = {".png": rb"\x89PNG\r\n\x1a\n", ".svg": rb"(\xef\xbb\xbf)?\s*<(\?xml|!--|!DOCTYPE svg|svg)[\s>-]"}
"""How the bytes of a picture begin. A file that begins otherwise is no picture, whatever its name."""
PICTURE_SIZE, PICTURE_COUNT = 5_000_000, 50
"""Bytes of a picture, and pictures of a scenario, that the page holds."""


def write_report(settings: Settings, scenarios: Sequence[Scenario], output: Path, language: str) -> tuple[Path, Path]:
    """Write the page to ``output``, and the data beside it as ``.json``. Return both paths.

    Raises:
        UsageError: nothing was run yet, or ``output`` cannot be a page's name.
        HostError: the files cannot be written.
    """
    data = output.with_suffix(".json") if output.name else output
    if data == output:
        raise UsageError(f"The page cannot be called {output}: its data go beside it.", "Use --output report.html.")
    outcomes = {scenario.name: results_of(settings, scenario.name).load() for scenario in scenarios}
    found = [(scenario, outcome) for scenario in scenarios if (outcome := outcomes[scenario.name])]
    if not found:
        raise UsageError("There is nothing to report yet.", "Run a scenario first: python3 lab.py run scenario-3")
    environment = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, finalize=_inert
    )
    style = (FOLDER / "page.css").read_text(encoding="utf-8")
    facts = {
        "written": time.strftime("%Y-%m-%d %H:%M"),
        "host": f"Linux {platform.release()}, {os.cpu_count()} CPUs",
    }
    page = environment.get_template("page.html.j2").render(
        language=language,
        style=Markup(style),  # noqa: S704 (ours)
        policy=_policy(style),
        t=Catalogue(interface(language)),
        facts=facts,
        chapters=[_chapter(settings, scenario, outcome, language) for scenario, outcome in found],
    )
    try:
        with users_umask():
            _write(output, page.encode())
            _write(data, msgspec.json.format(msgspec.json.encode([outcome for _, outcome in found]), indent=1))
    except OSError as error:
        raise HostError(
            f"The report cannot be written: {error.strerror}: {error.filename}.", "Use --output."
        ) from error
    return output, data


def _inert(value: object) -> object:
    """Return what the template fills in, with control characters spelled out. Jinja escapes markup."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _policy(style: str) -> str:
    """Return what a browser may load for the page: its own style and its own pictures, and no script."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _write(path: Path, content: bytes) -> None:
    """Write all of a file, or nothing. What is no regular file, such as /dev/stdout, is written to in place."""
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    target = Path(os.path.realpath(path))
    fresh = target.with_name(f".lab-{os.getpid()}.new")
    try:
        fresh.write_bytes(content)
        fresh.replace(target)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error


def markdown(text: str) -> Markup:
    """Return a lesson as HTML. What looks like a tag becomes text; links lead to the web or to a place on the page."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.validateLink = lambda url: bool(re.match("https?://|#", url, re.IGNORECASE))  # type: ignore[method-assign]
    return Markup(reader.render(plain(text)))  # noqa: S704 (made here)


def _chapter(settings: Settings, scenario: Scenario, outcome: Outcome, language: str) -> dict[str, Any]:
    words = catalogue(scenario, language)
    pictures, left_out = _pictures(results_of(settings, scenario.name).artifacts)
    return {
        "name": scenario.name,
        "title": words(scenario.title),
        "summary": words(scenario.summary),
        "claims": scenario.claims,
        "lesson": markdown(lesson(scenario, language)),
        "steps": [
            {
                "title": words(step.title),
                "proves": words(step.proves),
                "question": words(step.predict.question) if step.predict else "",
                "prediction": words(outcome.predictions.get(step.id, "")),
                "answer": words(step.predict.answer) if step.predict else "",
                "evidence": [each for each in outcome.evidence if each.step == step.id],
                "plots": [
                    plot_facts(plot, words) for each in outcome.evidence if each.step == step.id for plot in each.plots
                ],
            }
            for step in scenario.steps
        ],
        "verdicts": [
            {
                "title": words(verdict.title),
                "machines": verdict.machines,
                "passed": verdict.passed,
                "message": words(verdict.message),
            }
            for verdict in outcome.verdicts
        ],
        "tasks": [
            {
                "id": task.id,
                "title": words(task.title),
                "goal": words(task.goal),
                "done": task.id in outcome.tasks and outcome.tasks[task.id].passed,
                "hints": outcome.hints.get(task.id, 0),
                "shown": task.id in outcome.solutions,
            }
            for task in scenario.tasks
        ],
        "pictures": pictures,
        "left_out": left_out,
    }


def plot_facts(plot: Plot, words: Words) -> dict[str, Any]:
    """Return what a page shows of a plot."""
    drawn, told = shown(plot, words)
    rows = []
    for name, values in drawn.samples().items() if plot.kind == "samples" else []:
        found = summarise(values)
        half = f"{number(found.low)} … {number(found.high)}" if found.has_quartiles else "…"
        spread = f"{number(found.least)} … {number(found.most)}"
        rows.append({"name": name, "median": number(found.median), "half": half, "range": spread, "n": found.count})
    return {
        "title": drawn.title,
        "unit": drawn.unit,
        "told": " ".join(told),
        "svg": Markup(svg(plot, words)),  # noqa: S704 (its texts are escaped where it is drawn)
        "whole": is_whole(plot),
        "rows": rows,
    }


def _pictures(folder: Path) -> tuple[list[dict[str, str]], list[str]]:
    """Return the pictures that steps made, as data URLs, and the names of those that are not shown."""
    pictures: list[dict[str, str]] = []
    left_out: list[str] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []:
        content = _picture(path) if len(pictures) < PICTURE_COUNT else b""
        if content:
            source = f"data:{PICTURES[path.suffix]};base64,{base64.b64encode(content).decode()}"
            pictures.append({"name": path.stem, "source": source})
        elif path.suffix in PICTURES:
            left_out.append(path.name)
    return pictures, left_out[:PICTURE_COUNT]


def _picture(path: Path) -> bytes:
    """Return the bytes of a picture; none if it is a link, which may lead to any file, too large, or no picture."""
    if path.suffix not in PICTURES:
        return b""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return b""
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(PICTURE_SIZE + 1)
    finally:
        os.close(descriptor)
    fits = len(content) <= PICTURE_SIZE and re.match(BEGINNINGS[path.suffix], content)
    return content if fits else b""
