"""Keep what was predicted, seen and proven, for the report. Only this user may read it.

Any number of processes may add to it at once, and each may be killed at any moment: a change is made under a lock, and
written to a new file that then takes the place of the old one.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec
from msgspec.structs import replace

from provisioning.lesson.checks import Verdict
from provisioning.lesson.steps import Evidence
from provisioning.settings import Settings

FORMAT = 2
"""Raise it when an older version could not keep all that the new format holds."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """All results of one scenario, for a page or a program to read."""

    scenario: str
    title: str
    format: int = FORMAT
    predictions: dict[str, str] = {}
    """By step: the choice the learner made."""
    evidence: tuple[Evidence, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    tasks: dict[str, Verdict] = {}
    """The verdict on the goal, by task."""
    hints: dict[str, int] = {}
    """By task: how many hints were opened."""
    solutions: tuple[str, ...] = ()
    """The tasks whose reference solution was shown or run."""


OUTCOME = msgspec.json.Decoder(Outcome)
"""Made here, by one thread: threads that are at once the first to decode into a structure end Python by SIGSEGV."""


@dataclass(frozen=True)
class Results:
    """The folder that keeps a scenario's results. It outlives the machines."""

    folder: Path

    @property
    def artifacts(self) -> Path:
        """Files that steps made to be looked at, such as screenshots."""
        return self.folder / "artifacts"

    @property
    def _file(self) -> Path:
        return self.folder / "outcome.json"

    def load(self) -> Outcome | None:
        """Return what is kept; None if there is nothing, or nothing that this version can read.

        Raises:
            OSError: this user may not read it.
        """
        try:
            outcome = OUTCOME.decode(self._file.read_bytes())
        except (FileNotFoundError, ValueError, RecursionError):
            return None
        return outcome if outcome.format <= FORMAT else None

    def update(
        self, scenario: str, title: str, change: Callable[[Outcome], Outcome], say: Callable[[str], None]
    ) -> Outcome:
        """Replace what is kept by what ``change`` makes of it. Return that. Nobody else changes it meanwhile.

        What this version cannot read is moved aside, and ``say`` is called with a sentence that names the place.

        Raises:
            OSError: it cannot be written, such as for want of space; what was kept before is unharmed.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._locked():
            kept = self.load()
            if kept is None and self._file.exists():
                say(f"Results of {scenario} that this version cannot read are kept in {self._set_aside()}.")
            changed = replace(change(kept or Outcome(scenario=scenario, title=title)), format=FORMAT)
            self._write(msgspec.json.encode(changed))
        return changed

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with os.fdopen(os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _set_aside(self) -> Path:
        aside = next(path for number in count(1) if not (path := self.folder / f"outcome-{number}.bad").exists())
        return self._file.rename(aside)

    def _write(self, data: bytes) -> None:
        with NamedTemporaryFile(dir=self.folder, prefix="outcome.", delete=False) as fresh:
            try:
                fresh.write(data)
                fresh.flush()
                os.fsync(fresh.fileno())
                Path(fresh.name).rename(self._file)
            except BaseException:
                with suppress(OSError):
                    fresh.close()
                Path(fresh.name).unlink(missing_ok=True)
                raise


def results_of(settings: Settings, scenario: str) -> Results:
    """Return the folder that keeps a scenario's results."""
    return Results(settings.home / "results" / settings.name / scenario)
