"""How long verifying took on this host, by scenario, so that the next time it can be told ahead."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from provisioning.settings import Settings


def durations(settings: Settings) -> dict[str, float]:
    """Return the seconds that verifying each scenario took the last time that it was green; nothing if none was."""
    try:
        return msgspec.json.decode(_file(settings).read_bytes(), type=dict[str, float])
    except (OSError, ValueError):
        return {}


def keep(settings: Settings, scenario: str, seconds: float) -> None:
    """Keep how long a scenario took. It is no harm where that cannot be written: nothing but a forecast rests on it."""
    file = _file(settings)
    fresh = file.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        fresh.write_bytes(msgspec.json.encode(durations(settings) | {scenario: seconds}))
        fresh.rename(file)


def forecast(names: Sequence[str], position: int, took: Mapping[str, float]) -> str:
    """Tell which of the scenarios comes now, and how long all that are left take; empty if there is nothing to tell.

    >>> forecast(["scenario-1", "scenario-2", "scenario-3"], 1, {"scenario-2": 80.0})
    '2 of 3: scenario-2, 1 min the last time; to go: 1 min and 1 that took an unknown time.'
    >>> forecast(["scenario-9"], 0, {"scenario-9": 629.0})
    'scenario-9 took 10 min the last time.'
    """
    name, left = names[position], names[position:]
    known = [took[each] for each in left if each in took]
    last = took.get(name)
    if len(names) == 1:
        return f"{name} took {_rounded(last)} the last time." if last else ""
    unknown = len(left) - len(known)
    parts = [_rounded(sum(known))] if known else []
    parts += [f"{unknown} that took an unknown time"] if unknown else []
    this = f"{position + 1} of {len(names)}: {name}" + (f", {_rounded(last)} the last time" if last else "")
    return f"{this}; to go: {' and '.join(parts)}." if known else f"{this}."


def _rounded(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else f"{seconds / 60:.0f} min"


def _file(settings: Settings) -> Path:
    return settings.home / "verify.json"
