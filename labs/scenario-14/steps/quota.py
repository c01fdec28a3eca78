#!/usr/bin/env python3
"""A quota: so much in each tenth of a second, whether somebody else wants the processor or not."""

import os
import sys

sys.path.insert(0, os.environ["LAB_FOLDER"])
from contention import call, used

SECONDS = 4
lab = f"{os.environ['LAB_PREFIX']}-{os.environ['LAB_SCENARIO']}"
capped = f"{lab}-capped"


def throttled():
    """(periods in which it was stopped, seconds that it stood still), from cgroup version 2 or else version 1."""
    file = "cat /sys/fs/cgroup/cpu.stat 2>/dev/null || cat /sys/fs/cgroup/cpu/cpu.stat"
    lines = call("docker", "exec", capped, "sh", "-c", file).splitlines()
    found = {name: int(value) for name, value in (line.split() for line in lines)}
    seconds = found["throttled_usec"] / 1e6 if "throttled_usec" in found else found["throttled_time"] / 1e9
    return found["nr_throttled"], seconds


before = throttled()
got = used([capped], SECONDS)[0]
after = throttled()
print(f"capped may have a quarter of a processor; it was alone, and wanted all of it for {SECONDS} s")
print(f"  got          {got:.2f} s, which is {got / SECONDS:.0%}")
print(f"  was stopped  in {after[0] - before[0]} periods of a tenth of a second")
print(f"  stood still  {after[1] - before[1]:.2f} s")
raise SystemExit(not (0 < got < 0.4 * SECONDS and after[0] > before[0]))
