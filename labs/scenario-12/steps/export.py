#!/usr/bin/env python3
"""Write the VM's disk in the format of each hypervisor, with a manifest beside the files.

Names of files as arguments: only those.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

MIB = 2**20
golden, folder = os.environ["LAB_DISK_SMALL"], Path(os.environ["LAB_SCRATCH"])
formats = json.loads(Path(os.environ["LAB_FOLDER"], "formats.json").read_text())
formats = [entry for entry in formats if not sys.argv[1:] or entry["file"] in sys.argv[1:]]

if not golden:
    print("The VM comes from a public Vagrant box, whose disk the lab does not own: there is nothing to export.")
    sys.exit()
folder.mkdir(parents=True, exist_ok=True)
if shutil.disk_usage(folder).free < 5000 * MIB:
    sys.exit(f"The five files take 3 GB for a while, and {folder} has not the room.")


def export(entry):
    path = folder / entry["file"]
    argv = ["qemu-img", "convert", "-O", entry["format"]]
    argv += ["-c"] if entry["compress"] else []
    argv += ["-o", entry["options"]] if entry["options"] else []
    subprocess.run([*argv, golden, str(path)], check=True)
    info = subprocess.check_output(["qemu-img", "info", "-f", entry["format"], "--output", "json", str(path)])
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return {
        "file": entry["file"],
        "format": entry["format"],
        "for": entry["for"],
        "bytes": path.stat().st_size,
        "virtual size": json.loads(info)["virtual-size"],
        "sha256": digest,
    }


with ThreadPoolExecutor(2) as pool:
    manifest = list(pool.map(export, formats))
(folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")

print(f"{'file':10} {'for':18} {'on disk':>9} {'length':>9} {'virtual':>9}  SHA-256")
for entry in manifest:
    used = (folder / entry["file"]).stat().st_blocks * 512
    sizes = " ".join(f"{size // MIB:>5} MiB" for size in (used, entry["bytes"], entry["virtual size"]))
    print(f"{entry['file']:10} {entry['for']:18} {sizes}  {entry['sha256'][:12]}...")
print(f"\nfrom  {golden}\ninto  {folder}")
