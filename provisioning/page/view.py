"""What the page shows of a scenario, in parts that are replaced one by one as things happen."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from provisioning.inert import excerpt, plain
from provisioning.lesson.results import Outcome
from provisioning.lesson.steps import Evidence
from provisioning.lesson.texts import LANGUAGES, Catalogue, catalogue, interface, lesson
from provisioning.page.access import AGAIN
from provisioning.page.differences import pieces
from provisioning.scenario.model import HOST, Scenario, Step, Task
from provisioning.show.report import plot_facts

FOLDER = Path(__file__).parent
NAMES = {"en": "English", "ko": "한국어"}
"""What a language calls itself."""
SCRIPT_TEXTS = (
    "is under way",
    "went well",
    "failed",
    "something is red",
    "Stop it",
    "Run: {}",
    "The lab is held by {}",
    "Run in the terminal of {}",
    "not up",
    "Bring it up",
    "The page has lost its server. It looks for it again and again; if it does not come back:",
    "Open it anew",
    "This terminal's program has ended.",
    "The machine is restarting. This terminal comes back by itself.",
    "The machine cannot be reached: it is not up, or it is restarting.",
    "Close terminal {}",
    "Copied.",
    "Terminal {}",
    "These {} lines would run one by one as they are pasted, since the program in the terminal takes no blocks.",
    "Paste them",
    "Cancel",
    "Go on",
    "Throw away what was done in the machines, and bring them back to where `up` left them?",
    "Show the solution? Try it yourself first: a hint may do.",
    "Install or start what this host lacks? The page runs: python3 lab.py {}",
    "Wave for help",
    "You wave for help",
    "The instructor says: {}",
    "The instructor is in your seat.",
    "The instructor is in your terminal: {}",
    "Time left: {} min",
    "The class is over.",
    "Nobody is active here. Your seat will be suspended in {} min; everything in it is kept.",
    "The class is over. Your seat will be suspended in {} min; everything in it is kept. "
    "The instructor can extend the class.",
    "The instructor has suspended your seat. Everything in it is kept.",
    "Your seat is suspended, as nobody was active in it. Everything in it is kept.",
    "The class is over, and your seat is suspended. Everything in it is kept. The instructor can extend the class.",
)
"""What `page.js` and `terminal.js` say."""
STATES = (
    *("running", "paused", "in shutdown", "shut off", "crashed", "dying", "idle", "pmsuspended", "no state"),
    *("created", "restarting", "removing", "exited", "dead"),
)
"""What they show of a machine, in the words of libvirt and of Docker: by the latter's a guest that restarts is told."""


def page_words(code: str) -> Catalogue:
    """Return what the page itself says around any scenario."""
    return Catalogue({**interface(code), **interface(code, FOLDER)})


@cache
def program_words(code: str) -> Catalogue:
    """Return what the program says while it works: errors, what cures them, and phases."""
    return Catalogue(interface(code, FOLDER, "program"), nested=True)


def _inert(value: object) -> object:
    """Return a value for a template. Control characters of foreign text become visible; Jinja escapes its markup."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _told(text: str) -> Markup:
    """Return a sentence of a lesson as HTML. What stands between backticks is code.

    >>> print(_told("Whose kernel will `uname` name?"))
    Whose kernel will <code>uname</code> name?
    """
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(plain(text)))))  # noqa: S704 (escaped)


_TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, finalize=_inert
)
_TEMPLATES.filters["told"] = _told
_TEMPLATES.globals["again"] = Markup(AGAIN)  # noqa: S704 (our own)


def template(name: str) -> Template:
    """Return a template of the page."""
    return _TEMPLATES.get_template(name)


def render(name: str, **values: Any) -> str:
    """Fill in a template of the page."""
    return template(name).render(**values)


@dataclass(frozen=True)
class View:
    """One scenario in one language."""

    scenario: Scenario
    language: str

    @cached_property
    def words(self) -> Catalogue:
        """Page and scenario in the language."""
        return Catalogue({**page_words(self.language).texts, **catalogue(self.scenario, self.language).texts})

    @cached_property
    def program(self) -> Catalogue:
        """What the program says while it works, and what of the scenario it names."""
        named = {english: other for english, other in self.words.texts.items() if "{}" not in english}
        return Catalogue({**named, **program_words(self.language).texts}, nested=True)

    def page(self, outcome: Outcome, **values: Any) -> str:
        """Return the whole page."""
        texts = {text: self.words(text) for text in (*SCRIPT_TEXTS, *STATES)}
        kinds = {HOST: HOST, **{name: spec.kind for name, spec in self.scenario.machines.items()}}
        return render(
            "page.html.j2",
            t=self.words,
            scenario=self.scenario,
            title=self.words(self.scenario.title),
            summary=self.words(self.scenario.summary),
            language=self.language,
            languages={code: NAMES[code] for code in LANGUAGES},
            lesson=self.lesson,
            places=[*kinds],
            kinds=kinds,
            kinds_told=json.dumps(kinds),
            parts={name: Markup(part) for name, part in self.parts(outcome).items()},  # noqa: S704 (made here)
            texts=json.dumps(texts, ensure_ascii=False),
            **values,
        )

    @cached_property
    def lesson(self) -> Markup:
        """The lesson's text as HTML: what looks like a tag is text, and blocks of code can be copied and run."""
        reader = MarkdownIt("commonmark", {"html": False}).enable("table")
        reader.validateLink = lambda url: bool(re.match("https?://|#", url, re.IGNORECASE))  # type: ignore[method-assign]
        for rule in ("fence", "code_block"):
            reader.add_render_rule(rule, lambda _, tokens, index, *rest: self._code(tokens[index].content))
        html = reader.render(plain(lesson(self.scenario, self.language)))
        html = re.sub(r"<h([1-5])>(.*?)</h\1>", lambda h: f"<h{int(h[1]) + 1}>{h[2]}</h{int(h[1]) + 1}>", html)
        return Markup(html)  # noqa: S704 (made here)

    def _code(self, text: str) -> str:
        place = HOST if text.startswith("python3 lab.py") else ""
        return render("code.html.j2", t=self.words, text=text, place=place)

    def parts(self, outcome: Outcome) -> dict[str, str]:
        """Return what changes as the learner goes on: HTML, by the id of the element that holds it."""
        found = {"progress": self._progress(outcome), "checks": self._checks(outcome)}
        found |= {f"step-{step.id}": self._step(step, outcome) for step in self.scenario.steps}
        found |= {f"task-{task.id}": self._task(task, outcome) for task in self.scenario.tasks}
        return found

    def solution(self, task: Task) -> str:
        """Return the reference solution of a task."""
        text = (self.scenario.folder / task.solution).read_text(encoding="utf-8", errors="replace")
        return render("solution.html.j2", t=self.words, task=task, text=text, scenario=self.scenario)

    def _progress(self, outcome: Outcome) -> str:
        steps = [
            {
                "id": f"step-{step.id}",
                "title": self.words(step.title),
                "state": _state([each.ok for each in outcome.evidence if each.step == step.id]),
            }
            for step in self.scenario.steps
        ]
        tasks = [
            {
                "id": f"task-{task.id}",
                "title": self.words(task.title),
                "state": "good" if _done(task, outcome) else "",
            }
            for task in self.scenario.tasks
        ]
        verdicts = outcome.verdicts
        return render(
            "progress.html.j2",
            t=self.words,
            steps=steps,
            tasks=tasks,
            seen=sum(bool(step["state"]) for step in steps),
            done=sum(bool(task["state"]) for task in tasks),
            held=sum(verdict.passed for verdict in verdicts),
            checks=len(verdicts),
            check_state=_state([verdict.passed for verdict in verdicts]),
        )

    def _step(self, step: Step, outcome: Outcome) -> str:
        evidence = [each for each in outcome.evidence if each.step == step.id]
        answers = {each.machine: _answer(each) for each in evidence}
        marked = pieces({place: answer for place, (answer, _) in answers.items()})
        return render(
            "step.html.j2",
            t=self.words,
            step=step,
            scenario=self.scenario,
            number=self.scenario.steps.index(step) + 1,
            prediction=outcome.predictions.get(step.id, ""),
            evidence=evidence,
            marked=marked,
            left={place: left for place, (_, left) in answers.items()},
            differ=any(piece.sort for found in marked.values() for piece in found),
            ok=bool(evidence) and all(each.ok for each in evidence),
            scripts=self._scripts(step),
            plots=[plot_facts(plot, self.words) for each in evidence for plot in each.plots],
            state=_state([each.ok for each in evidence]),
        )

    def _scripts(self, step: Step) -> list[tuple[list[str], str]]:
        """Return the scripts of a step, each with the places on which it runs."""
        places: dict[str, list[str]] = {}
        for place in step.on:
            places.setdefault(step.script_for(place), []).append(place)
        return [(on, _read(self.scenario.folder / path)) for path, on in places.items()]

    def _checks(self, outcome: Outcome) -> str:
        verdicts = outcome.verdicts
        told = self.words(f"{sum(each.passed for each in verdicts)} of {len(verdicts)} checks hold.")
        return render("checks.html.j2", t=self.words, scenario=self.scenario, verdicts=verdicts, told=told)

    def _task(self, task: Task, outcome: Outcome) -> str:
        opened = task.hints[: outcome.hints.get(task.id, 0)]
        return render(
            "task.html.j2",
            t=self.words,
            task=task,
            scenario=self.scenario,
            verdict=outcome.tasks.get(task.id),
            done=_done(task, outcome),
            hints=opened,
            shown=task.id in outcome.solutions,
        )


def _state(oks: Sequence[bool]) -> str:
    return "" if not oks else "good" if all(oks) else "bad"


def _done(task: Task, outcome: Outcome) -> bool:
    return task.id in outcome.tasks and outcome.tasks[task.id].passed


def _answer(evidence: Evidence) -> tuple[str, int]:
    """Return what a place printed, and how many letters of it are left out."""
    said = "\n".join(plain(each).rstrip() for each in (evidence.stdout, evidence.stderr) if each.strip())
    head, left, tail = excerpt(said)
    return (f"{head}\n…\n{tail}" if left else head), left


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return str(error)
