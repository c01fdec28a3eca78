#!/usr/bin/env python3
"""Time a loop in the container, as built for this CPU and translated, in turns."""

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, os.environ["LAB_TOOLS"])
from figures import _, draw, samples
from sampling import ratios, told

# Runs in the container, behind the rule by which samples are taken.
INSIDE = """
import json, subprocess
loop = ["sh", "-c", "i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done"]
programs = {"native": ["/srv/cpu/busybox.amd64"], "translated": ["qemu-aarch64-static", "/srv/cpu/busybox.arm64"]}
def way(program):
    return lambda: timed(lambda: subprocess.run([*program, *loop], check=True))
print(json.dumps(take({name: way(program) for name, program in programs.items()}, 12)))
"""
rule = Path(os.environ["LAB_TOOLS"], "sampling.py").read_text()
box = f"{os.environ['LAB_PREFIX']}-{os.environ['LAB_SCENARIO']}-box"
command = ["docker", "exec", "--interactive", box, "python3", "-"]
said = subprocess.run(command, input=rule + INSIDE, check=True, capture_output=True, text=True).stdout
seconds = json.loads(said)
print("in box, one of each in turn, 12 rounds")
print(f"built for this CPU: {told(seconds['native'])} s")
print(f"arm64, translated:  {told(seconds['translated'])} s")
print(f"times as long, round by round: {told(ratios(seconds['translated'], seconds['native']))}")
series = {_("built for this CPU"): seconds["native"], _("arm64, translated"): seconds["translated"]}
note = _("User-mode emulation on the host's own CPU; no VM takes part in it.")
draw(samples(_("30,000 rounds of a loop"), "s", series, note))
