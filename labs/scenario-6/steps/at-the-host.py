#!/usr/bin/env python3
"""What the host gives up for each machine, in MiB, from the kernel's accounts of the processes."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.environ["LAB_TOOLS"])
from memory import account, of_container, of_vm, qemu

lab = f"{os.environ['LAB_PREFIX']}-{os.environ['LAB_SCENARIO']}"


def call(*argv):
    return subprocess.run(argv, capture_output=True, text=True, timeout=50).stdout


def virsh(*argv):
    return call("virsh", "--quiet", "--connect", "qemu:///system", *argv)


def touched(domain, granted):
    """MiB of the guest's memory that are there: of the piece of QEMU's that is as large as the grant in KiB."""
    pieces = re.findall(r"^Size: +(\d+) kB.*?^Rss: +(\d+) kB", account("smaps", [qemu(domain)]), re.M | re.S)
    return sum(int(resident) for size, resident in pieces if 0 <= int(size) - granted < 4096) / 1024


print(f"{'MiB':<38} {'vm':>6} {'vm2':>6}")
names = ("granted", "guest: used", "guest: used, with its cache")
names += ("host: pages the guest has touched", "host: QEMU itself", "host: translated code")
rows = {name: [] for name in names}
unread = False
for machine in ("vm", "vm2"):
    domain = f"{lab}-{machine}"
    granted = int(re.search(r"Max memory: +(\d+)", virsh("dominfo", domain))[1])
    used = call("ssh", "-F", os.environ["LAB_SSH_CONFIG"], domain, "free -k | awk '/^Mem/ {print $3, $2 - $4}'").split()
    whole, code = of_vm(domain)
    unread = unread or whole is None
    guest = touched(domain, granted)
    values = (granted / 1024, *(int(each) / 1024 for each in used), guest, (whole or 0) - guest, code or 0)
    for row, value in zip(rows.values(), values, strict=True):
        row.append(value)
for name, values in rows.items():
    print(f"{name:<38} {values[0]:6.1f} {values[1]:6.1f}")

print(f"\n{'MiB':<38} {'open':>6} {'tight':>6}")
inside, beside = zip(*(of_container(f"{lab}-{machine}") for machine in ("open", "tight")), strict=True)
print(f"{'host: its processes':<38} {inside[0] or 0:6.1f} {inside[1] or 0:6.1f}")
print(f"{'host: the engine beside it (shim)':<38} {beside[0] or 0:6.1f} {beside[1] or 0:6.1f}")
if unread or None in inside:
    print("(0 or less: reading the memory of others takes root)")
if os.environ["LAB_HYPERVISOR"] != "kvm":
    print("\nThe VMs are emulated: the translated code is a price of that, and not of VMs at large.")
