"""What a person sees while work goes on: phases and errors on standard error, and the machines there are.

rich, which draws spinners and tables, takes 0.06 s of processor time to import, as long as many a verb runs. So it is
imported where a terminal shows a spinner. What else it draws is in `views.py`.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from provisioning.inert import line, plain, shortened

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

    from provisioning.deployment import MachineStatus

HEARTBEAT = 10.0
"""Seconds after which a phase is shown again as under way, where there is no terminal."""
NAME, DETAIL = 200, 500
"""Characters of a phase's title, and of what it is doing, that are shown."""
COLUMNS = ("scenario", "machine", "kind", "state", "name at the engine")


class _Phase:
    def __init__(self, title: str) -> None:
        self.title = line(title, NAME)
        self.detail = ""
        self.began = time.monotonic()

    def note(self, detail: str) -> None:
        """See :class:`provisioning.progress.Phase`; engines, Vagrant and apt say it in their own words."""
        self.detail = line(detail, DETAIL)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began


class Screen:
    """A :class:`provisioning.progress.Progress` on standard error."""

    def __init__(self) -> None:
        self._phases: list[_Phase] = []
        self._live: Live | None = None
        self._guard = threading.Lock()
        self.timings: list[dict[str, str | float]] = []
        """The seconds that each phase took, in the order in which they ended."""

    # -- progress

    @contextmanager
    def phase(self, title: str, *, lasting: bool = True) -> Iterator[_Phase]:
        """See :class:`provisioning.progress.Progress`."""
        phase, ended = _Phase(title), threading.Event()
        with self._guard:
            self._phases.append(phase)
            if sys.stderr.isatty() and self._live is None:
                self._live = self._spinning()
                self._live.start()
        beat = threading.Thread(target=self._beat, args=(phase, ended), daemon=True)
        if not sys.stderr.isatty():
            beat.start()
        symbol, colour = "✘", "red"
        try:
            yield phase
            symbol, colour = "✔", "green"
        finally:
            ended.set()
            with self._guard:
                self._phases.remove(phase)
                live = self._live
                if not self._phases and live is not None:
                    self._live = None
            if live is not None and self._live is None:
                live.stop()
            if beat.is_alive():
                beat.join()
            self.timings.append({"phase": title, "seconds": round(phase.seconds, 2)})
            if lasting:
                took = click.style(f"{phase.seconds:.1f} s", dim=True)
                self._print(f"{click.style(symbol, fg=colour)} {phase.title} {took}")

    def say(self, line: str) -> None:
        """See :class:`provisioning.progress.Progress`."""
        self._print(f"{click.style('•', fg='yellow')} {plain(shortened(line))}")

    def error(self, what: str, cure: str) -> None:
        """Show what is wrong and what to do, a sentence each."""
        told = click.style(plain(shortened(what)), bold=True)
        self._print(f"{click.style('✘', fg='red', bold=True)} {told}\n  {plain(shortened(cure))}")

    def _print(self, line: str) -> None:
        if live := self._live:  # it draws over what it did not print itself
            from rich.text import Text

            live.console.print(Text.from_ansi(line))
        else:
            click.echo(line, err=True, color=_colour())

    def _spinning(self) -> Live:
        """Return a drawing of the phases under way, which redraws itself."""
        from rich.console import Console
        from rich.live import Live

        console = Console(stderr=True, highlight=False)
        return Live(console=console, get_renderable=self.running, refresh_per_second=8, transient=True)

    def running(self) -> RenderableType:
        """Return what a terminal shows of the phases that run now."""
        from rich.spinner import Spinner
        from rich.table import Table
        from rich.text import Text

        phases = list(self._phases)  # without the guard: who holds it may be waiting for this drawing to end
        rows = Table.grid(padding=(0, 1))
        for phase in phases:
            detail = Text(phase.detail, style="dim", no_wrap=True, overflow="ellipsis")
            rows.add_row(Spinner("dots"), Text(phase.title), Text(f"{phase.seconds:.0f} s", style="dim"), detail)
        return rows

    def _beat(self, phase: _Phase, ended: threading.Event) -> None:
        shown = ""
        while not ended.wait(2.0 if not shown else HEARTBEAT):
            shown = f"… {phase.title} {phase.seconds:.0f} s" + (f": {phase.detail}" if phase.detail else "")
            self._print(shown)

    # -- the machines

    def status(self, machines: Sequence[MachineStatus]) -> None:
        """Show machines on standard output."""
        if not machines:
            click.echo("No machine is up. Start with: python3 lab.py up scenario-3")
            return
        found = ((m.scenario, m.machine, m.kind, m.state, m.full_name) for m in machines)
        rows = [COLUMNS, *(tuple(map(line, cells)) for cells in found)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS) - 1)]
        for number, row in enumerate(rows):
            cells = [cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)]
            if number:
                cells[3] = click.style(cells[3], fg="green" if row[3] == "running" else "yellow")
            else:
                cells = [click.style(cell, bold=True) for cell in cells]
            click.echo("  ".join(cells), color=_colour())


def _colour() -> bool | None:
    """Return False if no colours are wanted (https://no-color.org); None to have them only in a terminal."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None
