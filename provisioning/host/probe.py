"""Find out whether hardware acceleration works, by booting a Linux kernel: a device file proves nothing.

Seen in the field: `/dev/kvm` opens, a VM is created, the firmware runs, and an ordinary kernel hangs right after it was
decompressed. Such a host must fall back to software emulation.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from provisioning.machines.command import bound
from provisioning.settings import Settings

KVM = Path("/dev/kvm")
LIMIT = 8.0
"""Seconds a kernel may take under KVM to look for its root disk; one to two are usual."""
ALIVE = b"Kernel panic - not syncing: VFS"
"""What a kernel prints once all its drivers have started: it finds no root disk, as it was given none."""


@dataclass(frozen=True)
class Acceleration:
    """How VMs run on this host."""

    kind: Literal["kvm", "tcg"]
    reason: str
    """One sentence for the user."""


def probe_acceleration(settings: Settings, find_kernel: Callable[[], Path | None]) -> Acceleration:
    """Find out whether a Linux kernel boots under KVM: the one that ``find_kernel`` returns, or the host's own.

    The answer is kept until the host boots again or QEMU changes. ``find_kernel`` is called only if a kernel has to be
    booted, as it may have to build one. Nothing is booted if ``LAB_ACCELERATION`` names an answer.
    """
    if settings.acceleration == "kvm":
        return Acceleration("kvm", "The VM is accelerated by KVM, as LAB_ACCELERATION asks.")
    if settings.acceleration == "tcg":
        return Acceleration("tcg", "The VM is emulated in software, as LAB_ACCELERATION asks.")
    if not KVM.exists():
        return Acceleration(
            "tcg", "This host has no /dev/kvm: the VM is emulated in software, slower but just as real."
        )
    if not os.access(KVM, os.R_OK | os.W_OK):
        return Acceleration("tcg", "/dev/kvm may not be opened by you: the VM is emulated. Cure: python3 lab.py setup")
    question = _question()
    path = settings.home / "acceleration.json"
    if kept := _kept(path, question):
        return kept
    kernel = find_kernel() or _host_kernel()
    if kernel is None:
        return Acceleration("tcg", "No kernel is at hand to try KVM with yet; the first `up` builds one and tries.")
    answer = _boot(kernel)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps({"question": question, "answer": asdict(answer)}))
    fresh.rename(path)
    return answer


def _question() -> dict[str, str | float]:
    """Return what the answer is good for: this boot of the host, this QEMU, this limit of time."""
    version = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=False).stdout
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return {"boot": boot, "qemu": version.partition("\n")[0], "limit": LIMIT}


def _kept(path: Path, question: dict[str, str | float]) -> Acceleration | None:
    try:
        kept = json.loads(path.read_text())
        return Acceleration(**kept["answer"]) if kept["question"] == question else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # nothing kept, or not whole


def _host_kernel() -> Path | None:
    own = Path(f"/boot/vmlinuz-{os.uname().release}")
    return own if os.access(own, os.R_OK) else None


def _boot(kernel: Path) -> Acceleration:
    argv = ["qemu-system-x86_64", "-accel", "kvm", "-cpu", "host", "-machine", "q35", "-m", "256", "-nodefaults"]
    argv += ["-display", "none", "-no-reboot", "-serial", "stdio", "-kernel", str(kernel)]
    argv += ["-append", "console=ttyS0 panic=-1"]
    began = time.monotonic()
    try:
        said = subprocess.run(
            bound(argv), stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT, check=False
        ).stdout
    except subprocess.TimeoutExpired as late:
        said = late.stdout or b""
    seconds = time.monotonic() - began
    if ALIVE in said:
        return Acceleration("kvm", f"The VM is accelerated by KVM (a kernel booted in {seconds:.1f} s).")
    return Acceleration(
        "tcg",
        f"/dev/kvm is there, but a kernel did not boot with it within {LIMIT:g} s: the VM is emulated in software, "
        "slower but just as real.",
    )
