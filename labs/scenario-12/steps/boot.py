#!/usr/bin/env python3
"""Start every exported disk in plain QEMU, on the hardware of its hypervisor, until it asks for a login.

Nothing is written to the files, and there is no network. Names of files as arguments: only those.
"""

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LIMIT = 280  # seconds
LOGIN = b"login:"
ENDS = (LOGIN, b"No bootable device", b"(initramfs)", b"Kernel panic")  # whoever says that says no more
folder = Path(os.environ["LAB_SCRATCH"])
kvm = os.environ["LAB_HYPERVISOR"] == "kvm"
formats = json.loads(Path(os.environ["LAB_FOLDER"], "formats.json").read_text())


def boot(entry):
    path = folder / entry["file"]
    argv = ["setpriv", "--pdeathsig", "KILL", "--", "qemu-system-x86_64", "-m", "512", "-nodefaults", "-nographic"]
    argv += ["-accel", "kvm", "-cpu", "host"] if kvm else ["-accel", "tcg"]
    argv += ["-serial", "stdio", *entry["hardware"]]
    argv += ["-drive", f"file={path},format={entry['format']},if=none,id=disk,snapshot=on"]
    began, shown = time.monotonic(), b""
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as qemu:
        clock = threading.Timer(LIMIT, qemu.kill)
        clock.start()
        while not any(end in shown for end in ENDS) and (some := qemu.stdout.read1()):
            shown += some
        clock.cancel()
        qemu.kill()
    path.with_suffix(path.suffix + ".console").write_bytes(shown)
    return entry, LOGIN in shown, time.monotonic() - began


chosen = [entry for entry in formats if not sys.argv[1:] or entry["file"] in sys.argv[1:]]
if not sys.argv[1:] and not os.environ["LAB_DISK_SMALL"]:
    print("Nothing was exported, so there is nothing to start.")
    sys.exit()
absent = [entry["file"] for entry in chosen if not (folder / entry["file"]).is_file()]
if absent:
    sys.exit(f"There is no {' and no '.join(absent)}: the step before this one writes them.")
failed = False
with ThreadPoolExecutor(2) as pool:
    for entry, came, seconds in pool.map(boot, chosen):
        said = f"asked for a login after {seconds:.0f} s" if came else "did not come to a login"
        print(f"{entry['file']:9} on {entry['disk']:18} {said}", flush=True)
        failed |= not came
if not kvm:
    print("Emulated in software: the seconds tell nothing of these hypervisors.")
sys.exit(failed)
