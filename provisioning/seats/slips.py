"""What each learner is handed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

import msgspec

from provisioning.seats.grades import harmless


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """One learner's way in."""

    seat: str
    name: str
    """Empty where seats have no learners."""
    link: str
    token: str


def as_csv(slips: Iterable[Slip]) -> str:
    """Return slips as CSV; no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(Slip.__struct_fields__)
    for slip in slips:
        writer.writerow([harmless(cell) for cell in msgspec.structs.astuple(slip)])
    return out.getvalue()
