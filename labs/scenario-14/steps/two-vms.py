#!/usr/bin/env python3
"""Two VMs want the same processor: what the host's kernel counts, and what the guests know of it."""

import os
import subprocess
import sys

sys.path.insert(0, os.environ["LAB_FOLDER"])
from contention import ran

SECONDS = 5
lab = f"{os.environ['LAB_PREFIX']}-{os.environ['LAB_SCENARIO']}"
vms = [f"{lab}-vm", f"{lab}-vm2"]
ssh = ["ssh", "-F", os.environ["LAB_SSH_CONFIG"], "-o", "ControlPath=none"]
# Busy for a while; before and after it the guest's own account of its processor: user, nice, system, idle, iowait, irq,
# softirq, steal, in hundredths of a second.
SPIN = "head -n 1 /proc/stat; timeout 120 sh -c 'while :; do :; done'; head -n 1 /proc/stat"
programs = {}


def busy(domain):
    programs[domain] = subprocess.Popen(
        [*ssh, domain, SPIN], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )


def guests_say():
    """What each guest says: the shares of its time that it was busy, and that somebody stole."""
    told = []
    for domain in [*programs]:
        subprocess.run([*ssh, domain, "pkill -x timeout"], stdin=subprocess.DEVNULL)
        first, last = (line.split()[1:9] for line in programs.pop(domain).communicate()[0].splitlines())
        passed = [int(after) - int(before) for before, after in zip(first, last, strict=True)]
        told.append(((passed[0] + passed[1] + passed[2]) / sum(passed), passed[7] / sum(passed)))
    return told


(alone,) = ran(vms[:1], busy, SECONDS)
guests_say()
together = ran(vms, busy, SECONDS)
told = guests_say()
print(f"the host's account of the processor of each VM, within {SECONDS} s")
print(f"  vm alone   ran {alone[0]:.2f} s, waited {alone[1]:.2f} s")
for name, (seconds, waited), (work, stolen) in zip(("vm", "vm2"), together, told, strict=True):
    print(f"  {name:<9}  ran {seconds:.2f} s, waited {waited:.2f} s; in it: {work:.0%} busy, {stolen:.0%} stolen")
if os.environ["LAB_HYPERVISOR"] != "kvm":
    print("The VMs are emulated, and an emulator does not tell its guest what was stolen: it believes that it worked.")
share = together[0][0] / sum(seconds for seconds, waited in together)
print(f"of what both got together, vm had {share:.0%}")
raise SystemExit(not 0.35 < share < 0.65)
