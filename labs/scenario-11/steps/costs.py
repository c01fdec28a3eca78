#!/usr/bin/env python3
"""What two VMs and two containers take from the host's disk and memory, and what that makes for more of them."""

import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, os.environ["LAB_TOOLS"])
from figures import _, curve, draw
from memory import of_container, of_vm

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
print("memory that the host cannot have back [MiB] (Pss_Anon + Pss_Shmem)")
held, code = {}, {}
for vm in ("vm", "vm2"):
    held[vm], code[vm] = of_vm(f"{name}-{vm}")
used = {}
for box in ("one", "two"):
    inside, beside = of_container(f"{name}-{box}")
    used[box] = None if inside is None or beside is None else inside + beside
if None in (*held.values(), *used.values()):
    sys.exit("Only root may read what the processes of others hold.")
for machine, mib in {**held, **used}.items():
    print(f"  {machine:<24}{mib:8.0f}" if mib >= 10 else f"  {machine:<24}{mib:8.1f}")
if any(code.values()):
    print(f"  (and {sum(code.values()):.0f} of code that the emulator translated: with KVM there is none)")

MOST = 10
each = sum(written.values()) / 2
sheet = sum(sheets.values()) / 2


def line(start: float, step: float) -> list[list[float]]:
    """From the first machine to the tenth, if each further one takes as much."""
    return [[1, start + step], [MOST, start + MOST * step]]


def measured(start: float, machines: dict[str, float]) -> list[list[float]]:
    first, second = machines.values()
    return [[1, start + first], [2, start + first + second]]


whole, over, sheeted = _("VMs, a whole disk each"), _("VMs over one disk"), _("containers of one image")
vms, containers = _("VMs"), _("containers")
many_vms, many_containers = _("VMs, ten"), _("containers, ten")
disk = {
    over: measured(golden, written),
    sheeted: measured(image, sheets),
    whole: line(0, golden + each),
    _("VMs over one disk, ten"): line(golden, each),
    _("containers of one image, ten"): line(image, sheet),
}
memory = {
    vms: measured(0, held),
    containers: measured(0, used),
    many_vms: line(0, sum(held.values()) / 2),
    many_containers: line(0, sum(used.values()) / 2),
}
note = _("Measured for two machines of each kind that do nothing; from there on a projection.")
draw(
    curve(_("Disk for N machines"), "MiB", _("machines"), disk, note, projections=list(disk)[2:]),
    curve(_("Memory for N machines"), "MiB", _("machines"), memory, note, vm=True, projections=list(memory)[2:]),
)
