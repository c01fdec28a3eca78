"""What was predicted, seen and proven the last time, kept for the report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from provisioning.checks import Verdict
from provisioning.settings import Settings
from provisioning.steps import Evidence


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known of one scenario, for a page or a program to read."""

    scenario: str
    title: str
    predictions: dict[str, str] = {}
    """By step: the choice the learner made."""
    evidence: tuple[Evidence, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    tasks: dict[str, Verdict] = {}
    """By task: whether its goal is met."""
    hints: dict[str, int] = {}
    """By task: how many hints were opened."""


@dataclass(frozen=True)
class Results:
    """The folder that keeps a scenario's results. It outlives the machines."""

    folder: Path

    @property
    def artifacts(self) -> Path:
        """Files that steps made to be looked at, such as screenshots."""
        return self.folder / "artifacts"

    def load(self) -> Outcome | None:
        """What is kept, None when there is nothing (or nothing that this version can read)."""
        try:
            return msgspec.json.decode((self.folder / "outcome.json").read_bytes(), type=Outcome)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def save(self, scenario: str, title: str, **changes: Any) -> None:
        """Keep what changed (fields of :class:`Outcome`) beside what is kept already."""
        kept = self.load() or Outcome(scenario=scenario, title=title)
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / "outcome.new"
        fresh.write_bytes(msgspec.json.encode(msgspec.structs.replace(kept, **changes)))
        fresh.rename(self.folder / "outcome.json")


def results_of(settings: Settings, scenario: str) -> Results:
    """Where the results of a scenario are kept."""
    return Results(settings.home / "results" / settings.name / scenario)
