"""Whether the goals of the tasks are met."""

import csv
import json
import statistics
from pathlib import Path

import pytest

ROWS = {"start": "Start", "memory": "Memory", "disk": "Disk"}
"""The rows of the table, and the figures that the step `measure` drew for them."""
NEAR = 0.2
"""How far a figure may be from the measured one: rounding, and another count of disk or memory at another time."""
CASES = {
    "strangers": ("vm", "kernels"),
    "jobs": ("container", "start"),
    "module": ("vm", "kernels"),
    "replicas": ("container", "memory"),
    "windows": ("vm", "kernels"),
    "laptops": ("container", "disk"),
}


@pytest.fixture
def measured(scratch):
    """The learner's medians for each row, of VM and container, as the step `measure` kept them."""
    folder = Path(scratch)  # <home>/run/<lab>/scratch/<scenario>
    kept = folder.parents[3] / "results" / folder.parents[1].name / folder.name / "outcome.json"
    seen = json.loads(kept.read_bytes())["evidence"] if kept.is_file() else []
    plots = [plot for each in seen if each["step"] == "measure" for plot in each.get("plots", [])]
    series = {plot["title"]: list(plot["series"].values()) for plot in plots}
    return {
        row: [statistics.median(values) for values in series[title]] for row, title in ROWS.items() if title in series
    }


def lines(path):
    """The lines of a table: its first field, and the others."""
    with path.open(newline="") as file:
        return {line[0].strip(): [field.strip() for field in line[1:]] for line in csv.reader(file) if line}


def near(told, right):
    """Whether a figure that was told is the right one, but for rounding."""
    try:
        return abs(float(told) - right) <= NEAR * right
    except ValueError:
        return False


def test_table(measured, scratch):
    """The table holds the learner's own figures of start, memory and disk."""
    assert set(measured) == set(ROWS), "Nothing was measured yet: python3 lab.py run scenario-15"
    path = Path(scratch, "table.csv")
    assert path.is_file(), "There is no file table.csv in the scratch folder yet."
    table = lines(path)
    for row, right in measured.items():
        assert len(table.get(row, [])) == 2, f"The table has no line for {row} with two figures."
        for kind, told, number in zip(("VM", "container"), table[row], right, strict=True):
            assert near(told, number), (
                f"In the row {row} the table says {told} for the {kind}; you measured {number:.3g}."
            )


def test_cases(measured, scratch):
    """Each of the six cases is decided, with the row and the figures that decide it."""
    assert set(measured) == set(ROWS), "Nothing was measured yet: python3 lab.py run scenario-15"
    path = Path(scratch, "cases.csv")
    assert path.is_file(), "There is no file cases.csv in the scratch folder yet."
    worked_out = {
        "jobs": [200 * number for number in measured["start"]],
        "replicas": [4096 // number for number in measured["memory"]],
        "laptops": measured["disk"],
    }
    told = lines(path)
    for case, (choice, row) in CASES.items():
        assert len(told.get(case, [])) == 4, f"The case {case} has no line with choice, row and two figures."
        chosen, because, *figures = told[case]
        assert chosen == choice, f"The case {case} was decided for {chosen}. What would it break on there?"
        assert because == row, f"The case {case} does not turn on {because}."
        for kind, figure, right in zip(("VM", "container"), figures, worked_out.get(case, (2, 1)), strict=True):
            assert near(figure, right), (
                f"In the case {case} the figure {figure} for the {kind} does not follow from your table."
            )
