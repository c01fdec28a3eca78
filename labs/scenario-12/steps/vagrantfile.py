#!/usr/bin/env python3
"""Read the Vagrantfile as each provider would, for two sizes of the VM."""

import json
import os
import subprocess
import tempfile

folder = os.environ["LAB_FOLDER"]
providers = {"libvirt": "libvirt", "virtualbox": "VirtualBox", "vmware_desktop": "VMware", "hyperv": "Hyper-V"}

print(f"{'provider':12} {'memory':>10} {'processors':>11}")
for size in {"memory": 512, "cpus": 1}, {"memory": 1024, "cpus": 2}:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as settings:
        json.dump(size, settings)
        settings.flush()
        found = subprocess.run(
            ["ruby", f"{folder}/evaluate_vagrantfile.rb", f"{folder}/../../Vagrantfile"],
            env={**os.environ, "LAB_VM_SETTINGS": settings.name},
            check=True,
            capture_output=True,
        )
    print(f"--- settings: {json.dumps(size)}")
    for provider, sets in json.loads(found.stdout).items():
        if provider in providers:
            vmx = sets.get("vmx", {})  # VMware has words of its own for the same
            memory, cpus = sets.get("memory", vmx.get("memsize")), sets.get("cpus", vmx.get("numvcpus"))
            print(f"{providers[provider]:12} {memory:>6} MiB {cpus:>11}")
