#!/usr/bin/env python3
"""One program twice on the VM, plain and in gVisor: what does a system call cost, and what does computing?"""

import contextlib
import os
import shlex
import statistics
import subprocess
import sys

sys.path.insert(0, os.environ["LAB_TOOLS"])
from figures import EMULATED, _, draw, samples
from sampling import ratios, take, told

ROUNDS = 8
LOOPS = {"computing": 20000, "asking": 1000, "file": 500}
PROGRAM = """
import os, sys, time
KINDS = {"computing": lambda: os.fspath(""), "asking": os.getppid, "file": lambda: os.stat("/etc/hostname")}
for line in sys.stdin:
    kind, loops = line.split()
    do, loops = KINDS[kind], range(int(loops))
    began = time.monotonic()
    for _ in loops:
        do()
    print(1e6 * (time.monotonic() - began) / len(loops), flush=True)
"""
LEARNER = ["setpriv", "--reuid=learner", "--regid=learner", "--clear-groups", "env", "--unset=XDG_RUNTIME_DIR"]
SANDBOX = ["runsc", "--rootless", "--network=none", "--ignore-cgroups", "do"]
vm = "-".join(os.environ[name] for name in ("LAB_PREFIX", "LAB_SCENARIO")) + "-vm"


@contextlib.contextmanager
def program(wall):
    """A function that asks the program behind a wall: microseconds that one call of a kind takes."""
    command = "cd / && exec " + shlex.join([*LEARNER, *wall, "python3", "-c", PROGRAM])
    ssh = ["ssh", "-F", os.environ["LAB_SSH_CONFIG"], vm, command]
    with subprocess.Popen(ssh, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as talk:

        def ask(kind):
            talk.stdin.write(f"{kind} {LOOPS[kind]}\n")
            talk.stdin.flush()
            return float(talk.stdout.readline())

        yield ask
        talk.stdin.close()


kinds = {"computing": "a call that asks no kernel", "asking": "a system call", "file": "a look at a file"}
with program([]) as plain, program(SANDBOX) as walled:
    ways = {(kind, ask): (lambda kind=kind, ask=ask: ask(kind)) for kind in kinds for ask in (plain, walled)}
    found = take(ways, ROUNDS)
print(f"on the VM, which is {'emulated' if EMULATED else 'run by KVM'}; microseconds each, of many in a row")
times = {}
for kind, name in kinds.items():
    print(f"{name}\n  plain      {told(found[kind, plain])}\n  in gVisor  {told(found[kind, walled])}")
    times[kind] = ratios(found[kind, walled], found[kind, plain])
    print(f"  times as long, round by round: {told(times[kind])}")
series = {
    _("a call that asks no kernel"): times["computing"],
    _("a system call"): times["asking"],
    _("a look at a file"): times["file"],
}
note = _("The same program on the VM, plain and in gVisor, in turns. 1 means: as fast as without.")
draw(samples(_("How many times as long it takes in gVisor"), "x", series, note, vm=True))
if statistics.median(times["asking"]) < 2 * statistics.median(times["computing"]):
    sys.exit("A system call costs no more than computing here.")
