"""Long work: a verb of the lab as a process of its own, and what it says of its phases.

It is the verb as in a terminal, with its locks, its signals and its care for what a killed one left; the server only
reads what it says.
"""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Literal

import msgspec
from msgspec.structs import replace

from provisioning.settings import REPOSITORY

PROGRAM = (sys.executable, "-I", str(REPOSITORY / "lab.py"))
_LINES = (
    re.compile(r"(?P<symbol>…) (?P<text>.*?) (?P<seconds>\d+) s(?:: (?P<detail>.*))?"),
    re.compile(r"(?P<symbol>[✔✘]) (?P<text>.*) (?P<seconds>\d+\.\d) s"),
    re.compile(r"(?P<symbol>[✘•]) (?P<text>.*)"),
)
"""Lines of progress, as `screen.py` writes them: a phase that goes on, one that has ended, an error or a fact."""
Symbol = Literal["…", "✔", "✘", "•"]


class Phase(msgspec.Struct):
    """A line of what the work said."""

    symbol: Symbol
    text: str
    seconds: float | None = None
    detail: str = ""


class Told(msgspec.Struct):
    """What the windows show of the work that is under way, or that ended last."""

    verb: str
    """Such as ``up scenario-3``."""
    target: str
    """The step or task that it is about, if any."""
    runs: bool = True
    phases: list[Phase] = []
    status: int | None = None
    """The verb's exit status."""
    what: str = ""
    """What went wrong, in a sentence."""
    cure: str = ""
    seconds: float = 0.0
    """How long it goes on, or took."""


class Work:
    """The one verb that the page has under way."""

    def __init__(self, environment: Mapping[str, str], changed: Callable[[], None]) -> None:
        self.told: Told | None = None
        self._environment = {**environment, "NO_COLOR": "1"}
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        self._began = 0.0

    @property
    def runs(self) -> bool:
        """Return True while a verb is under way."""
        return self.told is not None and self.told.runs

    @property
    def process(self) -> int:
        """The number of the process that is under way; 0 if no process is."""
        return self._process.pid if self._process and self.runs else 0

    def snapshot(self, words: Callable[[str], str]) -> Told | None:
        """Return what is known by now, in those words."""
        told = self.told
        if told is None:
            return None
        if told.runs:
            told.seconds = round(time.monotonic() - self._began, 1)
        phases = [replace(each, text=words(each.text), detail=words(each.detail)) for each in told.phases]
        return replace(told, phases=phases, what=words(told.what), cure=words(told.cure))

    async def run(self, argv: Sequence[str], target: str = "") -> int:
        """Run a verb to its end; return its exit status."""
        self.told = told = Told(" ".join(argv), target)
        self._began = time.monotonic()
        self._changed()
        try:
            self._process = process = await asyncio.create_subprocess_exec(
                *PROGRAM,
                *argv,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd=REPOSITORY,
                limit=2**20,
            )
            assert process.stderr is not None  # noqa: S101 (asked for above)
            async for line in process.stderr:
                self.hear(told, line.decode(errors="replace").rstrip("\n"))
                self._changed()
            told.status = await process.wait()
        except OSError as error:
            told.status = 1
            told.what = f"The verb cannot be started: {error.strerror}."
        finally:
            told.runs = False
            told.seconds = round(time.monotonic() - self._began, 1)
            told.phases = [phase for phase in told.phases if phase.symbol != "…"]
            self._changed()
        return told.status

    @staticmethod
    def hear(told: Told, line: str) -> None:
        """Take in a line that the verb said.

        A phase that goes on is one line, which its end, and each beat of it, replaces.
        """
        if line.startswith("  "):
            if not told.what and told.phases and told.phases[-1].symbol == "✘":  # an error that ends like a phase
                *told.phases, last = told.phases
                told.what = f"{last.text} {last.seconds} s"
            if told.what and not told.cure:
                told.cure = line.strip()
            return
        found = next((match for each in _LINES if (match := each.fullmatch(line))), None)
        if found is None:
            return
        facts = found.groupdict()
        seconds = float(facts["seconds"]) if "seconds" in facts else None
        if facts["symbol"] == "✘" and seconds is None:
            told.what, told.cure = facts["text"], ""
            return
        fresh = Phase(facts["symbol"], facts["text"], seconds, facts.get("detail") or "")  # type: ignore[arg-type]
        if fresh.symbol in "…✔✘":
            told.phases = [each for each in told.phases if each.symbol != "…" or each.text != fresh.text]
        told.phases = [*told.phases, fresh]

    def interrupt(self) -> None:
        """Have the verb end as by Ctrl-C: it undoes what it began."""
        if self._process and self.runs:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGINT)


async def ask(environment: Mapping[str, str], argv: Sequence[str]) -> bytes:
    """Run a verb that answers at once. Return what it writes to standard output."""
    process = await asyncio.create_subprocess_exec(
        *PROGRAM,
        *argv,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=REPOSITORY,
    )
    output, _ = await process.communicate()
    return output
