#!/usr/bin/env python3
"""Start every exported disk in plain QEMU, on the hardware of its hypervisor, until its first program runs.

Nothing is written to the files, and there is no network. Names of files as arguments: only those, up to the login.
"""

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LIMIT = 280  # seconds
# systemd says that once the kernel has found the disk and started it from there.
GOAL, SAID = (b"login:", "asks for a login") if sys.argv[1:] else (b"Welcome to", "its first program runs")
ENDS = (GOAL, b"No bootable device", b"(initramfs)", b"Kernel panic")  # whoever says that says no more
folder = Path(os.environ["LAB_SCRATCH"])
kvm = os.environ["LAB_HYPERVISOR"] == "kvm"
formats = json.loads(Path(os.environ["LAB_FOLDER"], "formats.json").read_text())


def boot(entry):
    path = folder / entry["file"]
    argv = ["setpriv", "--pdeathsig", "KILL", "--", "qemu-system-x86_64", "-m", "512", "-nodefaults", "-nographic"]
    argv += ["-accel", "kvm", "-cpu", "host"] if kvm else ["-accel", "tcg"]
    argv += ["-serial", "stdio", *entry["hardware"]]
    argv += ["-drive", f"file={path},format={entry['format']},if=none,id=disk,snapshot=on"]
    shown = b""
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as qemu:
        clock = threading.Timer(LIMIT, qemu.kill)
        clock.start()
        while not any(end in shown for end in ENDS) and (some := qemu.stdout.read1()):
            shown += some
        clock.cancel()
        qemu.kill()
    path.with_suffix(path.suffix + ".console").write_bytes(shown)
    return entry, GOAL in shown


chosen = [entry for entry in formats if not sys.argv[1:] or entry["file"] in sys.argv[1:]]
if not sys.argv[1:] and not os.environ["LAB_DISK_SMALL"]:
    print("Nothing was exported, so there is nothing to start.")
    sys.exit()
absent = [entry["file"] for entry in chosen if not (folder / entry["file"]).is_file()]
if absent:
    sys.exit(f"There is no {' and no '.join(absent)}: the step before this one writes them.")
failed = False
with ThreadPoolExecutor(2) as pool:
    for entry, came in pool.map(boot, chosen):
        print(f"{entry['file']:9} on {entry['disk']:18} {SAID if came else 'did not come so far'}", flush=True)
        failed |= not came
sys.exit(failed)
