"""Read the disk of a VM as this host's QEMU and libvirt allow it."""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path

from provisioning.errors import MachineError
from provisioning.machines.command import run
from provisioning.machines.vm import libvirt
from provisioning.machines.vm.places import Place

IO_URING_DISABLED = Path("/proc/sys/kernel/io_uring_disabled")
"""There since Linux 6.6. Unless it holds 0, QEMU's user may not use io_uring."""


@cache
def io() -> str:
    """Return how QEMU reads disks on this host: by ``io_uring``, or by ``threads`` if kernel or QEMU lack that.

    A state is loaded in pieces of 32 KiB, and threads cost two switches of context for each: 180 MB take 0.45 s with
    them and 0.13 s without (measured).
    """
    if IO_URING_DISABLED.is_file() and IO_URING_DISABLED.read_text().strip() != "0":
        return "threads"
    tried = run(["qemu-io", "--read-only", "--aio=io_uring", "-f", "raw", "-c", "quit", __file__])
    return "threads" if tried.status else "io_uring"


def take(place: Place, target: Path) -> None:
    """Move the disk of a VM that is off to ``target``; have libvirt copy it if this user may not read the file."""
    if os.access(place.disk, os.R_OK):
        shutil.move(place.disk, target)
    else:
        libvirt.virsh("vol-download", "--sparse", "--pool", place.pool.name, place.disk.name, str(target), timeout=300)


def rebase(overlay: Path, under: Path | str) -> None:
    """Have an overlay lie over another file, which holds the same; a mere name is that of a file beside the overlay.

    Raises:
        MachineError: the overlay cannot be written.
    """
    result = run(["qemu-img", "rebase", "-u", "-F", "qcow2", "-b", str(under), str(overlay)])
    if result.status:
        raise MachineError(f"The VM's disk cannot be used: {result.stderr.strip()}", "Run: python3 lab.py doctor")
