#!/usr/bin/env python3
"""Start many containers in batches, measure after each batch, fit the cost of one, and remove them all."""

import json
import math
import os
import re
import statistics
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

WISH = 200
BATCH = 20
SIDE_BY_SIDE = 4
RESERVE, NEED = 1024, 15
"""MiB that stay free, and that one container may need at most: more are not started."""

prefix, scenario, image = (os.environ[name] for name in ("LAB_PREFIX", "LAB_SCENARIO", "LAB_IMAGE_OPEN"))
labels = [f"--label=lab.name={prefix}", f"--label=lab.scenario={scenario}", "--label=lab.crowd=1"]
crowd = ["--filter=label=lab.crowd=1", f"--filter=label=lab.name={prefix}", f"--filter=label=lab.scenario={scenario}"]
root = [] if os.geteuid() == 0 else ["sudo", "-n"]


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
    """MiB of the crowd's processes and of the engine's shim beside each; what they share is counted in parts."""
    ids = call("docker", "ps", "--quiet", "--no-trunc", *crowd).split()
    first = call("docker", "inspect", "--format={{.State.Pid}}", *ids).split() if ids else []
    parents = dict(line.split() for line in call("ps", "-eo", "pid=,ppid=").splitlines())
    files = [f"/proc/{pid}/smaps_rollup" for pid in {*first, *(parents.get(pid, pid) for pid in first)}]
    text = subprocess.run([*root, "cat", *files], capture_output=True, text=True).stdout if files else ""
    return sum(map(int, re.findall(r"^Pss: +(\d+)", text, re.M))) / 1024


def vms():
    """MiB of the VMs' processes, as the first and the second of two points."""
    ends = [0.0]
    for machine in ("vm2", "vm"):
        pid = call("pgrep", "-o", "-f", f"guest={prefix}-{scenario}-{machine},").strip()
        with open(f"/proc/{pid}/status") as file:
            ends.append(ends[-1] + int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) / 1024)
    return list(enumerate(ends))


def fit(points):
    """The slope of the line with the least squares, and its 95 % interval (Student's t)."""
    xs, ys = zip(*points, strict=True)
    x, y, n = statistics.fmean(xs), statistics.fmean(ys), len(points)
    spread = sum((a - x) ** 2 for a in xs)
    slope = sum((a - x) * (b - y) for a, b in points) / spread
    left = sum((b - y - slope * (a - x)) ** 2 for a, b in points)
    t = {9: 2.26, 8: 2.31, 7: 2.36, 6: 2.45, 5: 2.57, 4: 2.78, 3: 3.18}.get(n - 2, 4.3)
    return slope, t * math.sqrt(left / (n - 2) / spread)


many = min(WISH, int((available() - RESERVE) / NEED)) // BATCH * BATCH
if many < WISH:
    print(f"This host has memory for {many} of the {WISH} containers; more are not started.")
if many < 2 * BATCH:
    raise SystemExit("That is too few for a line.")

host, own, pace = [], [], []
before = available()
try:
    host.append((0, 0.0))
    own.append((0, 0.0))
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

cost, cost_error = fit(host)
print(f"{running} containers ran at once, started {SIDE_BY_SIDE} at a time")
print(f"one takes {cost:.1f} ± {cost_error:.1f} MiB of the host (slope of {len(host)} points, 95 % interval)")
if any(y for _, y in own):
    print("  of which {:.1f} ± {:.1f} MiB are its processes and its shim".format(*fit(own)))
print(f"one took {pace[0][1]:.0f} ms among the first {BATCH}, {pace[-1][1]:.0f} ms among the last")
if len(pace) > 3:
    print("  {:+.2f} ± {:.2f} ms for each that runs already".format(*fit(pace)))
left = len(call("docker", "ps", "--all", "--quiet", *crowd).split())
print(f"removed in {gone:.0f} s: {left} left, and the host has {available() - before:+.0f} MiB against the beginning")

note = f"A point after each {BATCH} containers. Whatever else the host does moves the first series, too."
series = {"no longer available": host, "processes and shims": own if any(y for _, y in own) else []}
series["for comparison: 1 and 2 VMs"] = vms()
axes = {"kind": "curve", "x_label": "containers"}
plots = [
    {"title": "Memory of the host", "unit": "MiB", **axes, "series": series, "note": note},
    {"title": "Time to start one more", "unit": "ms", **axes, "series": {"mean of its batch": pace}},
]
with open(os.environ["LAB_DATA"], "w") as file:
    json.dump(plots, file)
raise SystemExit(left)
