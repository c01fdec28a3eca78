#!/usr/bin/env python3
"""What each machine has on the host's disk, and what it shares with others, in MB."""

import json
import os
import subprocess

lab = f"{os.environ['LAB_PREFIX']}-{os.environ['LAB_SCENARIO']}"


def call(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=50).stdout


def allocated(domain):
    """Bytes that the VM's own disk file takes."""
    info = call("virsh", "--quiet", "--connect", "qemu:///system", "domblkinfo", domain, "vda")
    return int(dict(line.split(":") for line in info.splitlines())["Physical"])


print(f"{'':<8} {'shared with others':>20} {'its own':>10}")
for machine in ("open", "tight"):
    found = json.loads(call("docker", "inspect", "--size", f"{lab}-{machine}"))[0]
    print(f"{machine:<8} {(found['SizeRootFs'] - found['SizeRw']) / 1e6:>17.0f} MB {found['SizeRw'] / 1e6:>7.1f} MB")
for machine in ("vm", "vm2"):
    golden = os.stat(os.environ[f"LAB_DISK_{machine.upper()}"]).st_blocks * 512
    print(f"{machine:<8} {golden / 1e6:>17.0f} MB {allocated(f'{lab}-{machine}') / 1e6:>7.1f} MB")
print("\nThe first column lies on the disk once, for both; the VM's own part holds its kept memory as well.")
