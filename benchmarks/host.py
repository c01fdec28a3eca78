"""On what the figures were measured: they mean nothing without."""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path

from benchmarks.ours import opened
from benchmarks.peers import MOLECULE, compose_program
from provisioning.settings import REPOSITORY

NUMBER = re.compile(r"\d+(?:\.\d+)+\S*")


def describe() -> dict[str, str]:
    """The host, its engines and the commit, as a table's rows."""
    acceleration = opened().images.sources.probe()
    memory = int(re.search(r"MemTotal: +(\d+)", Path("/proc/meminfo").read_text())[1]) / 2**20  # type: ignore[index]
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": _commit(),
        "processor": f"{os.cpu_count()} cores, {model[1] if model else 'unknown'}",
        "memory": f"{memory:.1f} GiB",
        "kernel": f"Linux {platform.release()}",
        "acceleration": f"{acceleration.kind}: {acceleration.reason}",
        "load average at the start": f"{os.getloadavg()[0]:.2f}",
        "Python": platform.python_version(),
        "Docker Engine": _version("docker", "version", "--format", "{{.Server.Version}}"),
        "Compose": _version(*compose_program(), "version"),
        "QEMU": _version("qemu-system-x86_64", "--version"),
        "libvirt": _version("virsh", "--version"),
        "Vagrant": _version("vagrant", "--version"),
        "vagrant-libvirt": _version("vagrant", "plugin", "list"),
        "Molecule": ", ".join(MOLECULE),
    }


def _version(*argv: str) -> str:
    try:
        said = subprocess.run(argv, capture_output=True, text=True, check=False).stdout
    except OSError:
        return "not installed"
    found = NUMBER.search(said)
    return found[0].strip(",()") if found else "unknown"


def _commit() -> str:
    def git(*argv: str) -> str:
        return subprocess.run(
            ["git", *argv], cwd=REPOSITORY, capture_output=True, text=True, check=False
        ).stdout.strip()

    changed = git("status", "--porcelain", "--", ".", ":!benchmarks/results")
    return f"{git('rev-parse', '--short', 'HEAD') or 'unknown'}{', with changes' if changed else ''}"
