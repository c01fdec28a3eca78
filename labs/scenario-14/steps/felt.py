#!/usr/bin/env python3
"""What the neighbour feels: the time that a small job takes in blue, and who is busy beside it."""

import os
import statistics
import sys

sys.path.insert(0, os.environ["LAB_FOLDER"])
sys.path.insert(0, os.environ["LAB_TOOLS"])
from contention import HOLD, Busy, call
from figures import _, draw, samples
from sampling import ratios, take, told

ROUNDS = 8
# The job is the same each time, and lasts longer than the tenth of a second in which a quota is dealt out.
JOB = """
def job():
    began = time.monotonic()
    sum(range(8_000_000))
    return 1000 * (time.monotonic() - began)
print(sum(job() for _ in range(4)) / 4)
"""
lab = f"{os.environ['LAB_PREFIX']}-{os.environ['LAB_SCENARIO']}"


def beside(neighbour):
    def way():
        with Busy(neighbour):
            return float(call("docker", "exec", f"{lab}-blue", "python3", "-c", HOLD + JOB))

    return way


alone, one, limited = _("nobody beside it"), _("red beside it"), _("capped beside it")
found = take({alone: beside(""), one: beside(f"{lab}-red"), limited: beside(f"{lab}-capped")}, ROUNDS)
print(f"a job in blue, in milliseconds; {ROUNDS} rounds, in each every way once, in random order")
for name, values in found.items():
    print(f"  {name + ':':<18} {told(values)}")
print("how many times as long as with nobody beside it, round by round")
print(f"  red beside it:     {told(ratios(found[one], found[alone]))}")
print(f"  capped beside it:  {told(ratios(found[limited], found[alone]))}")
felt = [statistics.median(ratios(found[name], found[alone])) for name in (one, limited)]
draw(samples(_("The same job in blue"), "ms", found, _("Red may have all it gets, capped a quarter of the processor.")))
raise SystemExit(not (felt[0] > felt[1] and felt[0] > 1.1))
