"""One self-contained page (no network needed) of what was predicted, seen and proven, and the same data as JSON."""

from __future__ import annotations

import base64
import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from provisioning.errors import HostError, UsageError
from provisioning.plots import Plot, summarise
from provisioning.report.svg import svg
from provisioning.results import Outcome, results_of
from provisioning.scenario import Scenario
from provisioning.settings import Settings
from provisioning.texts import Catalogue, catalogue, interface, lesson

PICTURES = {".png": "image/png", ".svg": "image/svg+xml"}


def write_report(settings: Settings, scenarios: Sequence[Scenario], output: Path, language: str) -> tuple[Path, Path]:
    """Write the page to ``output`` and the data beside it as ``.json``; returns both paths.

    Raises:
        UsageError: nothing was run yet.
        HostError: the files cannot be written.
    """
    outcomes = {scenario.name: results_of(settings, scenario.name).load() for scenario in scenarios}
    found = [(scenario, outcome) for scenario in scenarios if (outcome := outcomes[scenario.name])]
    if not found:
        raise UsageError("There is nothing to report yet.", "Run a scenario first: python3 lab.py run scenario-3")
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    facts = {
        "written": time.strftime("%Y-%m-%d %H:%M"),
        "host": f"Linux {platform.release()}, {os.cpu_count()} CPUs",
    }
    page = environment.get_template("page.html.j2").render(
        language=language,
        t=Catalogue(interface(language)),
        facts=facts,
        chapters=[_chapter(settings, scenario, outcome, language) for scenario, outcome in found],
    )
    data = output.with_suffix(".json")
    try:
        output.write_text(page, encoding="utf-8")
        data.write_bytes(msgspec.json.format(msgspec.json.encode([outcome for _, outcome in found]), indent=1))
    except OSError as error:
        raise HostError(
            f"The report cannot be written: {error.strerror}: {error.filename}.", "Use --output."
        ) from error
    return output, data


def _chapter(settings: Settings, scenario: Scenario, outcome: Outcome, language: str) -> dict[str, Any]:
    words = catalogue(scenario, language)
    return {
        "name": scenario.name,
        "title": words(scenario.title),
        "summary": words(scenario.summary),
        "claims": scenario.claims,
        "lesson": Markup(MarkdownIt("commonmark").enable("table").render(lesson(scenario, language))),  # noqa: S704 (ours)
        "steps": [
            {
                "title": words(step.title),
                "proves": words(step.proves),
                "question": words(step.predict.question) if step.predict else "",
                "prediction": words(outcome.predictions.get(step.id, "")),
                "answer": words(step.predict.answer) if step.predict else "",
                "evidence": [each for each in outcome.evidence if each.step == step.id],
                "plots": [_plot(plot) for each in outcome.evidence if each.step == step.id for plot in each.plots],
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
            }
            for task in scenario.tasks
        ],
        "pictures": [_picture(path) for path in _pictures(results_of(settings, scenario.name).artifacts)],
    }


def _plot(plot: Plot) -> dict[str, Any]:
    return {
        "title": plot.title,
        "unit": plot.unit,
        "note": plot.note,
        "svg": Markup(svg(plot)),  # noqa: S704 (its texts are escaped where it is drawn)
        "summaries": {name: summarise(values) for name, values in plot.samples().items()}
        if plot.kind == "samples"
        else {},
    }


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in PICTURES) if folder.is_dir() else []


def _picture(path: Path) -> dict[str, str]:
    content = base64.b64encode(path.read_bytes()).decode()
    return {"name": path.stem, "source": f"data:{PICTURES[path.suffix]};base64,{content}"}
