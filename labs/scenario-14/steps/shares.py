#!/usr/bin/env python3
"""Shares: a weight that counts when there is somebody to share with."""

import os
import sys

sys.path.insert(0, os.environ["LAB_FOLDER"])
from contention import call, used

SECONDS = 4
lab = f"{os.environ['LAB_PREFIX']}-{os.environ['LAB_SCENARIO']}"
red, blue = f"{lab}-red", f"{lab}-blue"
call("docker", "update", "--cpu-shares", "256", red)
try:
    alone = used([red], SECONDS)[0]
    together = used([red, blue], SECONDS)
finally:
    call("docker", "update", "--cpu-shares", "1024", red)
print(f"red has 256 shares, blue 1024; seconds of one processor, within {SECONDS} s")
print(f"  red alone       {alone:.2f}")
print(f"  red and blue    {together[0]:.2f} and {together[1]:.2f}")
share = together[0] / sum(together)
print(f"of what both got together, red had {share:.0%}; a fifth would be 20%")
raise SystemExit(not 0.1 < share < 0.3)
