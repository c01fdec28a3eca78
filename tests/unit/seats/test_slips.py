"""What each learner is handed, as a table."""

from __future__ import annotations

import csv
import io

from provisioning.seats.slips import Slip, as_csv


def test_a_line_for_each_learner_and_no_formula() -> None:
    told = {"seat": "lab-seat01", "name": "=1+1", "link": "https://192.0.2.7:8443/?token=a", "token": "a"}
    (row,) = csv.DictReader(io.StringIO(as_csv([Slip(**told)])))
    assert row == {**told, "name": "'=1+1"}
