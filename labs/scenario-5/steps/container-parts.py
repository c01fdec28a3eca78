#!/usr/bin/env python3
"""What a `docker run` is made of: take the time of each part, in an order drawn anew for each round."""

import os
import statistics
import subprocess
import sys

sys.path.insert(0, os.environ["LAB_TOOLS"])
from figures import _, draw, samples
from sampling import differences, take, timed, told

ROUNDS = 12
image = os.environ["LAB_IMAGE_BOX"]
labels = [f"--label=lab.name={os.environ['LAB_PREFIX']}", f"--label=lab.scenario={os.environ['LAB_SCENARIO']}"]
root = [] if os.geteuid() == 0 else ["sudo", "-n"]
# The namespaces that a container of Docker gets by default (and a cgroup one, where the host has cgroup v2).
walls = [*root, "unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "--mount-proc"]


def call(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


parts = {"docker create": [], "docker start": [], "docker rm": []}


def with_network():
    """Milliseconds of a whole life; those of its parts are put down beside."""
    began = {name: len(values) for name, values in parts.items()}
    made = []
    parts["docker create"].append(1000 * timed(lambda: made.append(call("docker", "create", *labels, image, "true"))))
    parts["docker start"].append(1000 * timed(call, "docker", "start", "--attach", made[0]))
    parts["docker rm"].append(1000 * timed(call, "docker", "rm", made[0]))
    return sum(values[began[name]] for name, values in parts.items())


def start_without_network():
    made = call("docker", "create", "--network=none", *labels, image, "true")
    try:
        return 1000 * timed(call, "docker", "start", "--attach", made)
    finally:
        call("docker", "rm", made)


process, behind = _("process"), _("process, new namespaces")
asked, whole, alone = _("docker, only asked"), _("create, start and rm"), _("start without network")
ways = {
    process: lambda: 1000 * timed(call, *root, "true"),
    behind: lambda: 1000 * timed(call, *walls, "true"),
    asked: lambda: 1000 * timed(call, "docker", "version"),
    whole: with_network,
    alone: start_without_network,
}
if subprocess.run([*walls, "true"], capture_output=True).returncode:
    print("(namespaces alone were not measured: that takes root)\n")
    del ways[behind]
milliseconds = take(ways, ROUNDS)
measured = {name: values[-ROUNDS:] for name, values in parts.items()}  # without the round that warms up

print(f"{ROUNDS} rounds, in each every part once, in random order; in milliseconds")
print(f"  create, start and rm: {told(milliseconds[whole])}")
network = differences(measured["docker start"], milliseconds[alone])
print(f"  of it the network:    {told(network)}")
if behind in milliseconds:
    walls_alone = differences(milliseconds[behind], milliseconds[process])
    print(f"  new namespaces:       {told(walls_alone)}")
    share = statistics.median(walls_alone) / statistics.median(milliseconds[whole])
    print(f"                        {share:.1%} of create, start and rm")
series = {name: milliseconds[name] for name in (process, behind, asked) if name in milliseconds}
series |= {_("docker create"): measured["docker create"], _("docker start"): measured["docker start"]}
series |= {_("docker rm"): measured["docker rm"], alone: milliseconds[alone]}
note = _("Every call of docker starts its client first: see `docker, only asked`.")
draw(samples(_("Parts of a container's start"), "ms", series, note))
