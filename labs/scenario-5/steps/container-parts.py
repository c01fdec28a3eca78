#!/usr/bin/env python3
"""What a `docker run` is made of: take the time of each part, in turn."""

import json
import os
import statistics
import subprocess
import time

ROUNDS = 12
image = os.environ["LAB_IMAGE_BOX"]
labels = [f"--label=lab.name={os.environ['LAB_PREFIX']}", f"--label=lab.scenario={os.environ['LAB_SCENARIO']}"]
root = [] if os.geteuid() == 0 else ["sudo", "-n"]
# The namespaces that a container of Docker gets by default (and a cgroup one, where the host has cgroup v2).
walls = [*root, "unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "--mount-proc"]
milliseconds = {}


def timed(name, *argv):
    began = time.monotonic()
    said = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=60).stdout.strip()
    milliseconds.setdefault(name, []).append(1000 * (time.monotonic() - began))
    return said


behind_walls = subprocess.run([*walls, "true"], capture_output=True).returncode == 0
for _ in range(ROUNDS):
    timed("process", *root, "true")
    if behind_walls:
        timed("process, new namespaces", *walls, "true")
    timed("docker, only asked", "docker", "version")
    made = timed("docker create", "docker", "create", *labels, image, "true")
    timed("docker start", "docker", "start", "--attach", made)
    timed("docker rm", "docker", "rm", made)
    made = subprocess.run(
        ["docker", "create", "--network=none", *labels, image, "true"], check=True, capture_output=True, text=True
    ).stdout.strip()
    timed("start without network", "docker", "start", "--attach", made)
    subprocess.run(["docker", "rm", made], check=True, capture_output=True)

middle = {name: statistics.median(values) for name, values in milliseconds.items()}
whole = sum(middle[name] for name in ("docker create", "docker start", "docker rm"))
network = max(0, middle["docker start"] - middle["start without network"])
print(f"create, start and rm: {whole:.0f} ms, of which the network {network:.0f} ms")
if behind_walls:
    walls_alone = middle["process, new namespaces"] - middle["process"]
    print(f"new namespaces: {walls_alone:.1f} ms, {walls_alone / whole:.1%} of that")
else:
    print("(namespaces alone were not measured: that takes root)")
with open(os.environ["LAB_DATA"], "w") as file:
    note = "Every call of docker starts its client first: see `docker, only asked`."
    plot = {"title": "Parts of a container's start", "unit": "ms", "kind": "samples", "series": milliseconds}
    json.dump([{**plot, "note": note}], file)
