#!/usr/bin/env python3
"""Start many containers in batches, measure after each batch what one more takes, and remove them all."""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

sys.path.insert(0, os.environ["LAB_TOOLS"])
from figures import _, curve, draw
from memory import held, of_vm
from sampling import mean, told

WISH = 200
BATCH = 20
SIDE_BY_SIDE = 4
RESERVE, NEED = 1024, 15
"""MiB that stay free, and that one container may need at most: more are not started."""

prefix, scenario, image = (os.environ[name] for name in ("LAB_PREFIX", "LAB_SCENARIO", "LAB_IMAGE_OPEN"))
labels = [f"--label=lab.name={prefix}", f"--label=lab.scenario={scenario}", "--label=lab.crowd=1"]
crowd = ["--filter=label=lab.crowd=1", f"--filter=label=lab.name={prefix}", f"--filter=label=lab.scenario={scenario}"]


def call(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=300).stdout


def available():
    """MiB of the host's memory that could still be given out."""
    with open("/proc/meminfo") as file:
        return int(re.search(r"MemAvailable: +(\d+)", file.read())[1]) / 1024


def start(number):
    name = f"--name={prefix}-{scenario}-crowd-{number}"
    call("docker", "run", "--detach", *labels, name, image, "sleep", "900")


def remove(names):
    if names:
        call("docker", "rm", "--force", *names)


def processes():
    """MiB that the crowd's processes hold, with the engine's shim beside each; None where it may not be read."""
    ids = call("docker", "ps", "--quiet", "--no-trunc", *crowd).split()
    first = call("docker", "inspect", "--format={{.State.Pid}}", *ids).split() if ids else []
    parents = dict(line.split() for line in call("ps", "-eo", "pid=,ppid=").splitlines())
    return held([*first, *{parents[pid] for pid in first if pid in parents}]) if first else 0.0


def a_step(points):
    """What one more container takes: the mean of the steps from batch to batch, and how far its interval reaches.

    Not the slope through the points: each holds all that came before it, so they do not err independently.
    """
    return mean([(b[1] - a[1]) / BATCH for a, b in pairwise(points)])


many = min(WISH, int((available() - RESERVE) / NEED)) // BATCH * BATCH
if many < WISH:
    print(f"This host has memory for {many} of the {WISH} containers; more are not started.")
if many < 3 * BATCH:
    raise SystemExit("That is too few for an interval.")

host, own, pace = [(0, 0.0)], [(0, processes())], []
before = available()
try:
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for count in range(BATCH, many + 1, BATCH):
            began = time.monotonic()
            list(pool.map(start, range(count - BATCH, count)))
            pace.append((count, 1000 * (time.monotonic() - began) / BATCH))
            host.append((count, before - available()))
            own.append((count, processes()))
    running = len(call("docker", "ps", "--quiet", *crowd).split())
finally:
    began = time.monotonic()
    ids = call("docker", "ps", "--all", "--quiet", *crowd).split()
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(remove, (ids[n::10] for n in range(10))))
    gone = time.monotonic() - began

step, reach = a_step(host)
print(f"{running} containers ran at once, started {SIDE_BY_SIDE} at a time")
print(f"one more takes {step:.1f} ± {reach:.1f} MiB of the host (mean of {len(host) - 1} steps, 95 % interval)")
readable = all(y is not None for x, y in own)
if readable:
    print("  of which its processes and its shim hold {:.1f} ± {:.1f} MiB".format(*a_step(own)))
first, last = pace[0][1], pace[-1][1]
print(f"one more ran every {first:.0f} ms in the first batch, every {last:.0f} ms in the last; of all batches:")
print(f"  {told([y for x, y in pace])}")
for machine in ("vm", "vm2"):
    whole, code = of_vm(f"{prefix}-{scenario}-{machine}")
    if whole is not None:
        print(f"for comparison: {machine} holds {whole:.0f} MiB, as much as {whole / step:.0f} such containers")
left = len(call("docker", "ps", "--all", "--quiet", *crowd).split())
print(f"removed in {gone:.0f} s: {left} left, and the host has {available() - before:+.0f} MiB against the beginning")

line = _("the mean step, drawn through all")
series = {_("no longer available"): host, line: [(count, count * step) for count, y in host]}
if readable:
    series[_("processes and shims")] = own
note = _("A point after each batch. Whatever else the host does moves the first series, too.")
draw(
    curve(_("Memory of the host"), "MiB", _("containers"), series, note, lines=[line]),
    curve(_("Time per container, four started at a time"), "ms", _("containers"), {_("mean of its batch"): pace}),
)
raise SystemExit(left or running < many)
