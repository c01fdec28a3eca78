#!/usr/bin/env python3
"""Two containers want the same processor: how much of it does each get, alone and together?"""

import os
import sys

sys.path.insert(0, os.environ["LAB_FOLDER"])
from contention import used

SECONDS = 4
lab = f"{os.environ['LAB_PREFIX']}-{os.environ['LAB_SCENARIO']}"
red, blue = f"{lab}-red", f"{lab}-blue"
print(f"seconds of one processor, within {SECONDS} s")
alone = used([red], SECONDS)[0]
together = used([red, blue], SECONDS)
print(f"  red alone       {alone:.2f}")
print(f"  red and blue    {together[0]:.2f} and {together[1]:.2f}")
share = together[0] / sum(together)
print(f"of what both got together, red had {share:.0%}")
raise SystemExit(not 0.35 < share < 0.65)
