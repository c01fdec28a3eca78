#!/usr/bin/env python3
"""Start, memory and disk of VM and container: from scenario 5 where it was done, the rest measured now."""

import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, os.environ["LAB_TOOLS"])
from figures import _, draw, samples
from memory import of_container, of_vm
from sampling import take, timed, told

lab, scenario = os.environ["LAB_PREFIX"], os.environ["LAB_SCENARIO"]
labels = ["--label", f"lab.name={lab}", "--label", f"lab.scenario={scenario}"]
image, golden = os.environ["LAB_IMAGE_BOX"], os.environ["LAB_DISK_VM"]
name = f"{lab}-{scenario}"
MIB = 2**20


def answer(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def earlier():
    """Starts of a VM and of a container that scenario 5 measured; nothing where it was not done."""
    kept = Path(os.environ["LAB_ARTIFACTS"]).parent.parent / "scenario-5" / "outcome.json"
    try:
        evidence = json.loads(kept.read_bytes())["evidence"]
    except (FileNotFoundError, ValueError):
        return None
    for plot in (plot for each in evidence for plot in each.get("plots", [])):
        vms = [values for name, values in plot["series"].items() if re.search("vm.*boot", name, re.IGNORECASE)]
        boxes = [values for name, values in plot["series"].items() if re.search("container", name, re.IGNORECASE)]
        if plot["kind"] == "samples" and plot["unit"] == "s" and vms and boxes:
            return vms[0], boxes[-1]
    return None


def starts():
    """The same, measured now: the VM's from its own record of the boot from which it was kept."""
    ask = "systemctl show --property ActiveEnterTimestampMonotonic ssh.service"
    record = answer("ssh", "-F", os.environ["LAB_SSH_CONFIG"], f"{name}-vm", ask)
    vm = int(record.partition("=")[2]) / 1e6

    def container():
        return timed(answer, "docker", "run", "--rm", "--network", "none", *labels, image, "true")

    return [vm], take({"container": container}, 8)["container"]


def disks():
    """MiB on the host's disk for the VM and for the container, with what they were made from."""
    written = answer("virsh", "--quiet", "--connect", "qemu:///system", "domblkinfo", f"{name}-vm", "vda")
    allocated = int(re.search(r"Allocation: *(\d+)", written)[1])
    told = answer(
        "virsh",
        "--quiet",
        "--connect",
        "qemu:///system",
        "qemu-monitor-command",
        f"{name}-vm",
        "--hmp",
        "info snapshots",
    )
    kept = re.search(r"golden +([\d.]+) ([KMG])iB", told)  # its memory, which the lab keeps in the same file
    if kept:
        allocated -= float(kept[1]) * 1024 ** " KMG".index(kept[2])
    vm = max(0, allocated) + (Path(golden).stat().st_blocks * 512 if golden else 0)
    layer = int(answer("docker", "inspect", "--size", "--format", "{{.SizeRw}}", f"{name}-box"))
    box = int(answer("docker", "image", "inspect", "--format", "{{.Size}}", image)) + layer
    return vm / MIB, box / MIB


from_before = earlier()
vm_start, box_start = from_before or starts()
vm_memory, code = of_vm(f"{name}-vm")
inside, beside = of_container(f"{name}-box")
if vm_memory is None or inside is None or beside is None:
    sys.exit("Only root may read what the processes of others hold.")
vm_disk, box_disk = disks()
rows = {
    "start": (statistics.median(vm_start), statistics.median(box_start), "s"),
    "memory": (vm_memory, inside + beside, "MiB"),
    "disk": (vm_disk, box_disk, "MiB"),
}
print(f"{'row':8} {'VM':>9} {'container':>10}   {'factor':>7}")
for row, (vm, box, unit) in rows.items():
    print(f"{row:8} {vm:9.4g} {box:10.4g}   {vm / box:7.3g}   {unit}")
print(f"start: {'from your scenario 5' if from_before else 'measured now'}")
print(f"  VM {told(vm_start)}")
print(f"  container {told(box_start)}")
if not from_before:
    print("  (the VM's is one boot by its own record, without firmware and boot loader: run scenario 5 for more)")
print("memory: what their processes hold on the host, while nothing is done")
if code:
    print(f"  (and {code:.0f} MiB of code that the emulator translated: with KVM there is none)")
print("disk: with what each was made from, which further ones would share")
print(f"\ntable.csv and cases.csv go into {os.environ['LAB_SCRATCH']}")
vm_name, box_name = _("VM"), _("container")
draw(
    samples(_("Start"), "s", {vm_name: vm_start, box_name: box_start}, vm=True),
    samples(_("Memory"), "MiB", {vm_name: [vm_memory], box_name: [inside + beside]}, vm=True),
    samples(_("Disk"), "MiB", {vm_name: [vm_disk], box_name: [box_disk]}),
)
