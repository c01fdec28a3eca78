#!/usr/bin/env python3
"""What the host gives up for each machine, in MiB, from the kernel's accounts of the processes."""

import os
import re
import subprocess

lab = f"{os.environ['LAB_PREFIX']}-{os.environ['LAB_SCENARIO']}"
root = [] if os.geteuid() == 0 else ["sudo", "-n"]


def call(*argv):
    return subprocess.run(argv, capture_output=True, text=True, timeout=50).stdout


def virsh(*argv):
    return call("virsh", "--quiet", "--connect", "qemu:///system", *argv)


def mappings(pid):
    """(size, permissions, resident) of each piece of a process's memory, in KiB. Only root may read it of others."""
    text = call(*root, "cat", f"/proc/{pid}/smaps")
    piece = re.compile(r"^[0-9a-f]+-[0-9a-f]+ (\S{4}).*?\nSize: +(\d+) kB.*?\nRss: +(\d+) kB", re.M | re.S)
    return [(int(size), kind, int(resident)) for kind, size, resident in piece.findall(text)]


def pss(pids):
    """Resident memory in MiB; a page that several processes share counts in parts."""
    text = "".join(call(*root, "cat", f"/proc/{pid}/smaps_rollup") for pid in pids)
    return sum(int(number) for number in re.findall(r"^Pss: +(\d+)", text, re.M)) / 1024


print(f"{'MiB':<34} {'vm':>6} {'vm2':>6}")
rows = {name: [] for name in ("granted", "guest: used", "guest: used, with its cache")}
rows |= {
    name: [] for name in ("host: pages the guest has touched", "host: QEMU's translated code", "host: QEMU itself")
}
for machine in ("vm", "vm2"):
    domain = f"{lab}-{machine}"
    granted = int(re.search(r"Max memory: +(\d+)", virsh("dominfo", domain))[1])
    used = call("ssh", "-F", os.environ["LAB_SSH_CONFIG"], domain, "free -k | awk '/^Mem/ {print $3, $2 - $4}'").split()
    pid = call("pgrep", "-o", "-f", f"guest={domain},").strip()
    pieces = mappings(pid)
    guest = sum(resident for size, kind, resident in pieces if 0 <= size - granted < 4096 and "x" not in kind)
    code = sum(resident for size, kind, resident in pieces if kind.startswith("rwx"))
    rest = sum(resident for size, kind, resident in pieces) - guest - code
    for row, value in zip(rows.values(), (granted, *map(int, used), guest, code, rest), strict=True):
        row.append(value / 1024)
for name, values in rows.items():
    print(f"{name:<34} {values[0]:6.1f} {values[1]:6.1f}")

print(f"\n{'MiB (shared pages in parts)':<34} {'open':>6} {'tight':>6}")
inside, beside = [], []
for machine in ("open", "tight"):
    first = call("docker", "inspect", "--format", "{{.State.Pid}}", f"{lab}-{machine}").strip()
    pids = call("docker", "top", f"{lab}-{machine}", "-eo", "pid").split()[1:]
    shim = call("ps", "-o", "ppid=", "-p", first).strip()
    inside.append(pss(pids))
    beside.append(pss([shim]))
print(f"{'host: processes in it':<34} {inside[0]:6.1f} {inside[1]:6.1f}")
print(f"{'host: the engine beside it (shim)':<34} {beside[0]:6.1f} {beside[1]:6.1f}")
if not sum(inside):
    print("(0: reading the memory of others takes root)")
if os.environ["LAB_HYPERVISOR"] != "kvm":
    print("\nThe VMs are emulated: the translated code is a price of that, and not of VMs at large.")
