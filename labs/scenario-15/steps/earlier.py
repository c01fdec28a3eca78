#!/usr/bin/env python3
"""What the scenarios before have kept of what they measured on this computer."""

import json
import os
import statistics
from pathlib import Path

results = Path(os.environ["LAB_ARTIFACTS"]).parent.parent
found = 0
for number in range(1, 15):
    try:
        outcome = json.loads((results / f"scenario-{number}" / "outcome.json").read_bytes())
    except (FileNotFoundError, ValueError):
        continue
    found += 1
    print(f"scenario-{number}: {outcome['title']}")
    for evidence in outcome["evidence"]:
        for plot in evidence.get("plots", []):
            print(f"  {plot['title']} [{plot['unit']}]{', VM emulated' if plot.get('emulated') else ''}")
            for name, values in plot["series"].items():
                if plot["kind"] == "samples":
                    print(f"    {name}: median {statistics.median(values):.3g} of {len(values)}")
if not found:
    print("Nothing yet. You can go on: what is needed is measured here. With scenario 5 behind you it says more.")
