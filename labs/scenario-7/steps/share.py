#!/usr/bin/env python3
"""What each of the two holds of the host's memory, and what runs inside uses of it."""

import os
import subprocess
import sys

sys.path.insert(0, os.environ["LAB_TOOLS"])
from memory import of_container, of_vm

name = f"{os.environ['LAB_PREFIX']}-{os.environ['LAB_SCENARIO']}"
held, code = of_vm(f"{name}-vm")
if held is None:
    sys.exit("Only root may read what the processes of others hold.")
ask = ["ssh", "-F", os.environ["LAB_SSH_CONFIG"], f"{name}-vm", "free -m | awk '/^Mem/ {print $2, $3, $6}'"]
total, used, cached = subprocess.run(ask, check=True, capture_output=True, text=True).stdout.split()
print("what the host cannot have back (Pss_Anon + Pss_Shmem), in MiB")
print(f"VM: QEMU holds          {held:6.0f}")
print(f"    it counts itself    {total:>6}, of which its programs use {used} and its cache {cached}")
if code:
    print(f"    (and {code:.0f} of code that the emulator translated: with KVM there is none)")
inside, beside = of_container(f"{name}-box")
print(f"container: processes    {inside:6.1f}")
print(f"    the engine beside it{beside:6.1f}")
