#!/usr/bin/env python3
"""What two VMs and two containers take from the host's disk and memory, and what that makes for more of them."""

import json
import os
import re
import subprocess
from pathlib import Path

name = f"{os.environ['LAB_PREFIX']}-{os.environ['LAB_SCENARIO']}"
MIB = 2**20


def answer(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def virsh(*command: str) -> str:
    return answer("virsh", "--quiet", "--connect", "qemu:///system", *command)


def size(text: str) -> float:
    """MiB in a size as Docker or QEMU prints it, such as 12.3kB or 176 MiB."""
    number, unit = re.search(r"([\d.]+) ?([kKMGT]?i?B)", text).groups()
    return float(number) * (1024 if "i" in unit else 1000) ** "BKMGT".index(unit[0].upper()) / MIB


def overlay(vm: str) -> float:
    """What a VM wrote to its disk, without the kept memory that the lab puts into the same file."""
    allocated = int(re.search(r"Allocation: *(\d+)", virsh("domblkinfo", f"{name}-{vm}", "vda")).group(1)) / MIB
    kept = virsh("qemu-monitor-command", f"{name}-{vm}", "--hmp", "info snapshots").partition("golden")[2]
    return max(0.0, allocated - size(kept)) if kept else allocated


def memory(vm: str) -> float:
    """MiB of the host's memory in the hands of a VM's QEMU."""
    process = answer("pgrep", "-f", f"^[^ ]*qemu[^ ]* .*guest={name}-{vm},").split()[0]
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text()).group(1)) / 1024


print("disk [MiB]")
golden = Path(os.environ["LAB_DISK_VM"]).stat().st_blocks * 512 / MIB if os.environ["LAB_DISK_VM"] else 0
print(f"  {'golden disk of the VMs':<24}{golden:8.0f}")
written = {vm: overlay(vm) for vm in ("vm", "vm2")}
for vm, mib in written.items():
    print(f"  {f'  {vm} wrote':<24}{mib:8.0f}")
image = int(answer("docker", "image", "inspect", "--format", "{{.Size}}", os.environ["LAB_IMAGE_ONE"])) / MIB
print(f"  {'image of the containers':<24}{image:8.0f}")
sheets = {
    box: int(answer("docker", "inspect", "--size", "--format", "{{.SizeRw}}", f"{name}-{box}")) / MIB
    for box in ("one", "two")
}
for box, mib in sheets.items():
    print(f"  {f'  {box} wrote':<24}{mib:8.0f}")
print("memory [MiB]")
held = {vm: memory(vm) for vm in ("vm", "vm2")}
used = {
    box: size(answer("docker", "stats", "--no-stream", "--format", "{{.MemUsage}}", f"{name}-{box}"))
    for box in ("one", "two")
}
for machine, mib in {**held, **used}.items():
    print(f"  {machine:<24}{mib:8.0f}")
emulated = os.environ["LAB_HYPERVISOR"] != "kvm"
if emulated:
    print("  (Emulated VMs: QEMU also holds the code that it translated.)")

counts = range(1, 11)
each = sum(written.values()) / 2
plots = [
    {
        "title": "Disk for N machines",
        "unit": "MiB",
        "kind": "curve",
        "x_label": "machines",
        "series": {
            "VMs, a whole disk each": [[n, n * (golden + each)] for n in counts],
            "VMs over one golden disk": [[n, golden + n * each] for n in counts],
            "containers of one image": [[n, image + n * sum(sheets.values()) / 2] for n in counts],
        },
        "note": "A projection from two machines of each kind, measured just after their start.",
    },
    {
        "title": "Memory for N machines that do nothing",
        "unit": "MiB",
        "kind": "curve",
        "x_label": "machines",
        "series": {
            "VMs, emulated" if emulated else "VMs": [[n, n * sum(held.values()) / 2] for n in counts],
            "containers": [[n, n * sum(used.values()) / 2] for n in counts],
        },
        "note": "A projection from two machines of each kind.",
    },
]
Path(os.environ["LAB_DATA"]).write_text(json.dumps(plots))
