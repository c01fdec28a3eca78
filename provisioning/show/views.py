"""What verbs show on standard output: evidence, verdicts, lessons, tables. Without a terminal it is plain text."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from provisioning.inert import coloured, excerpt, line, plain, shortened
from provisioning.lesson.measurements import draw

if TYPE_CHECKING:
    from provisioning.host.doctor import Finding
    from provisioning.lesson.checks import Verdict
    from provisioning.lesson.steps import Evidence
    from provisioning.lesson.texts import Catalogue
    from provisioning.proof.manifest import Difference
    from provisioning.scenario.model import Scenario, Step, Task
    from provisioning.stock.explain import Explanation, Link
    from provisioning.stock.store import DiskUse, Stored

NARROW = 100
"""On a terminal of fewer columns, machines stand below each other instead of side by side."""
INSIDE = 12
"""Columns that each machine needs to stand side by side."""
MANY = 30
"""Lines of one sort that are shown at most."""
WIDE = 60
"""Characters of an input of an image that are shown at most."""
OTHERWISE = "This went otherwise than the lesson expects, and so it proves nothing here."


class Views:
    """What a person reads once work is done; rich lays it out."""

    def __init__(self) -> None:
        self.out = Console(highlight=False, width=None if sys.stdout.isatty() else 120)

    def differences(self, found: Sequence[Difference]) -> None:
        """Show in what machines differ from what they were when new."""
        for difference in found[:MANY]:
            self.out.print(Text.assemble(("✘", "red"), " ", _name(str(difference), 1000)))
        if len(found) > MANY:
            self.out.print(f"  and {len(found) - MANY} more; --json tells them all")
        if not found:
            self.out.print("[green]✔[/green] Nothing of the last session is left: the machines are as they were made.")

    def ask(self, step: Step, words: Catalogue) -> str:
        """Ask for the learner's prediction. Return one of the choices, in English."""
        assert step.predict is not None  # noqa: S101 (asked only where there is a question)
        self.out.print()
        self.out.print(_text(words(step.predict.question), "bold yellow"))
        for number, choice in enumerate(step.predict.choices, 1):
            self.out.print(f"  {number}  ", _name(words(choice)), sep="")
        number = click.prompt("?", type=click.IntRange(1, len(step.predict.choices)))
        return step.predict.choices[number - 1]

    def step(self, scenario: Scenario, evidence: Sequence[Evidence], prediction: str, words: Catalogue) -> None:
        """Show a step: what every machine answered, side by side, and what that proves."""
        first = evidence[0]
        self.out.print()
        self.out.rule(_name(words(first.title), style="bold"), align="left")
        inside = self.out.width // len(evidence) - 4
        beside = self.out.width >= NARROW and len(evidence) > 1 and inside >= INSIDE
        answers = [_answer(each, words) for each in evidence]
        height = max(len(answer.wrap(self.out, inside)) for answer in answers) + 2 if beside else None
        panels = [
            Panel(
                answer,
                height=height,
                title=_name(f"{each.machine} ({each.kind})" if each.kind != each.machine else each.machine),
                title_align="left",
                border_style={"host": "blue", "vm": "magenta", "container": "cyan"}[each.kind],
            )
            for each, answer in zip(evidence, answers, strict=True)
        ]
        if not beside:
            self.out.print(Group(*panels))
        else:
            grid = Table.grid(expand=True)
            for _ in panels:
                grid.add_column(ratio=1, overflow="fold")
            grid.add_row(*panels)
            self.out.print(grid)
        for each in evidence:
            for plot in each.plots:
                self.out.print(Text("\n".join(draw(plot, self.out.width, words)), no_wrap=True, overflow="ellipsis"))
        if prediction:
            answer = next(step.predict.answer for step in scenario.steps if step.id == first.step and step.predict)
            outcome = "" if not answer else " ✔" if answer == prediction else f" ✘ {words(answer)}"
            self.out.print(Text.assemble(("? ", "bold yellow"), _name(words(prediction)), _text(outcome, "bold")))
        if all(each.ok for each in evidence):
            self.out.print(Text.assemble(("→ ", "bold green"), _text(words(first.proves))))
        else:
            self.out.print(Text.assemble(("✘ ", "bold red"), _text(words(OTHERWISE), "red")))

    def verdicts(self, verdicts: Sequence[Verdict], words: Catalogue) -> None:
        """Show what the checks found."""
        for verdict in verdicts:
            places = f" ({', '.join(verdict.machines)})" if verdict.machines else ""
            symbol = ("✔", "green") if verdict.passed else ("✘", "red")
            self.out.print(Text.assemble(symbol, " ", _name(words(verdict.title) + places)))
            if not verdict.passed:
                self.out.print(_text(words(verdict.message), "red"), new_line_start=True, justify="left")
        red = sum(not verdict.passed for verdict in verdicts)
        colour = "red" if red else "green"
        told = words(f"{len(verdicts) - red} of {len(verdicts)} checks hold.")
        self.out.print(Text(told, style=f"bold {colour}"))

    def tasks(self, tasks: Sequence[Task], met: Mapping[str, Verdict], words: Catalogue) -> None:
        """Show the tasks: what is to be done, and whether it is done."""
        if not tasks:
            return
        self.out.print()
        for task in tasks:
            done = task.id in met and met[task.id].passed
            symbol, style = ("✔", "green") if done else ("○", "yellow")
            head = (
                (f"{symbol} ", style),
                _name(task.id, style="bold"),
                _text(f" ({task.machine}): {words(task.title)}. "),
            )
            self.out.print(Text.assemble(*head, _text(words(task.goal), "dim")))

    def stored(self, found: Sequence[Stored]) -> None:
        """Show images and warm states, with their sizes."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("kind")
        table.add_column("key")
        table.add_column("MB", justify="right")
        table.add_column("asked for")
        table.add_column("in use")
        for each in found:
            answers = ("yes" if answer else "no" for answer in (each.wanted, each.used))
            table.add_row(each.kind, _name(each.key), f"{each.size / 1e6:.0f}", *answers)
        self.out.print(table if found else "Nothing.")

    def disk_use(self, use: DiskUse) -> None:
        """Show what the cache takes of its disk."""
        self.out.print(
            f"\nThe cache takes {use.size / 1e9:.1f} GB, {use.wanted / 1e9:.1f} GB of it asked for; its limit is "
            f"{use.limit / 1e9:g} GB, {use.free / 1e9:.1f} GB are free on its disk. Images of Docker Engine (lab-…), "
            "which share layers, are not counted."
        )

    def explanation(self, found: Explanation) -> None:
        """Show why an image is there, and what it was made from."""
        made, used = (f"{when.astimezone():%Y-%m-%d %H:%M}" if when else "" for when in (found.made, found.last_used))
        told = f"  {found.size / 1e6:.0f} MB, made {made}" + (f", last asked for {used}" if used else "")
        self.out.print(Text.assemble(_name(f"{found.kind} {found.key}", style="bold"), told))
        scenarios: dict[str, list[str]] = {}
        for asker in found.asked_by:
            scenarios.setdefault(asker.scenario, []).append(asker.machine)
        asked = "; ".join(f"{scenario} ({', '.join(machines)})" for scenario, machines in scenarios.items())
        self.out.print(_text(found.why or f"Asked for by {asked}."))
        used_by = f"In use by {', '.join(found.used_by)}." if found.used else "Nothing that is up needs it."
        self.out.print(_text(used_by))
        if found.inputs:
            table = Table(box=None, pad_edge=False, show_header=False)
            for name, value in compact(found.inputs):
                table.add_row(_name(name), Text(plain(shortened(value)), overflow="fold"))
            self.out.print("\nMade from:", table, sep="\n")

    def chains(self, found: Mapping[str, Sequence[Link]]) -> None:
        """Show the chain of artefacts from which each machine of a scenario is made."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("machine", "kind", "key", ""):
            table.add_column(column)
        for machine, links in found.items():
            for number, link in enumerate(links):
                state = Text("there", "green") if link.there else _name(f"missing: {link.why}", style="yellow")
                table.add_row("" if number else _name(machine), link.kind, _name(link.key), state)
        self.out.print(table)

    def hints(self, task: Task, opened: Sequence[str], words: Catalogue) -> None:
        """Show the hints opened so far."""
        for number, hint in enumerate(opened, 1):
            self.out.print(Text.assemble((f"{number}/{len(task.hints)}", "bold yellow"), " ", _text(words(hint))))

    def findings(self, findings: Iterable[Finding]) -> None:
        """Show what the doctor found."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("", "what", "found", "cure"):
            table.add_column(column, overflow="fold")
        symbols: Mapping[str, str] = {
            "ok": "[green]✔[/green]",
            "warning": "[yellow]•[/yellow]",
            "missing": "[red]✘[/red]",
        }
        for finding in findings:
            table.add_row(symbols[finding.status], *map(_text, (finding.name, finding.detail, finding.cure)))
        self.out.print(table)

    def lesson(self, text: str) -> None:
        """Show a lesson's text."""
        from rich.markdown import Markdown  # here: it takes 0.1 s, and other verbs do not need it

        self.out.print(Markdown(plain(text), hyperlinks=False))  # a link as a terminal has it is no colour


def _answer(evidence: Evidence, words: Catalogue) -> Text:
    """Return what a place printed, with its colours, cut to what a person reads."""
    said = "\n".join(each.rstrip() for each in (evidence.stdout, evidence.stderr) if each.strip())
    style = "" if evidence.ok else "red"
    if not said:
        return Text(words(f"(nothing; exit status {evidence.status})"), style)
    head, left, tail = excerpt(said)
    if not left:
        return Text.from_ansi(coloured(head), style=style)
    told = words(f"… {left} characters are left out here; the report and --json have more …")
    return Text("\n", style).join([Text.from_ansi(coloured(head)), Text(told, "dim"), Text.from_ansi(coloured(tail))])


def _text(text: str, style: str = "") -> Text:
    """Return foreign text of any number of lines."""
    return Text(plain(shortened(text)), style)


def _name(text: str, most: int = 500, style: str = "") -> Text:
    """Return foreign text on one line."""
    return Text(line(text, most), style)


def compact(inputs: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Return the inputs by name, as a person reads them: files are counted, and long values are cut.

    >>> compact({"golden": {"roles": {"web": {"a": "- " + 64 * "0", "b": "x " + 64 * "1"}}}, "memory": 512})
    [('golden/roles/web', '2 files'), ('memory', '512')]
    """
    lines = []
    for name, value in inputs.items():
        if isinstance(value, Mapping) and not _is_tree(value):
            lines += compact(value, f"{above}{name}/")
        elif isinstance(value, Mapping):
            lines.append((above + name, f"{len(value)} file{'' if len(value) == 1 else 's'}"))
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            lines.append((above + name, text if len(text) <= WIDE else f"{text[: WIDE - 1]}…"))
    return lines


def _is_tree(value: Mapping[str, Any]) -> bool:
    """Return True if it is what :func:`provisioning.images.cache.hash_tree` makes of files."""
    return all(isinstance(each, str) and re.fullmatch("[x-] [0-9a-f]{64}|link .*", each) for each in value.values())
