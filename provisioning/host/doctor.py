"""What the host has and lacks, each with its cure."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import msgspec

from provisioning.environment import refuse_another_engine
from provisioning.errors import HostError
from provisioning.host import home
from provisioning.host.groups import RELOGIN, awaited_groups
from provisioning.host.packages import BUS, FOR_USERS, NEEDS, VAGRANT_PLUGIN, Need, package_of
from provisioning.host.probe import probe_acceleration
from provisioning.host.services import Service, has_systemd, kvm_needs_care, services
from provisioning.settings import Settings

SETUP = "python3 lab.py setup"
README = "Use an x86-64 Linux, real or emulated; see the README's table."
ARCHITECTURE = "x86_64"
"""What the VM's disk and the containers' image are built for (uname(1))."""
ROOM = 6 * 10**9
"""Bytes that the first `up` takes at its peak: base, golden and warm images."""
MEMORY = 2 * 10**9
"""Bytes of available memory below which a VM beside its containers gets tight."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    name: str
    status: Literal["ok", "warning", "missing"]
    """``missing`` keeps the lab from working, ``warning`` does not."""
    detail: str
    cure: str = ""


def search_path() -> str:
    """Return PATH with the folders of system programs, which an ordinary user's PATH lacks on Debian."""
    return f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


def missing_packages(also: Sequence[Need] = ()) -> list[str]:
    """Return the packages whose programs this host lacks; ``also`` is what is needed beside what the lab needs."""
    own = () if os.geteuid() == 0 else FOR_USERS if has_systemd() else (*FOR_USERS, BUS)
    needs = (*NEEDS, *own, *also)
    missing = [need for need in needs if shutil.which(need.program, path=search_path()) is None]
    if not _has_vagrant_plugin():
        missing.append(VAGRANT_PLUGIN)
    return sorted({package_of(need) for need in missing})


def _has_vagrant_plugin() -> bool:
    """Return True if it came with Debian's package, or with `vagrant plugin install` for this user."""
    gems = Path("/usr/share/rubygems-integration/all/gems").glob("vagrant-libvirt-*")
    own = Path.home() / ".vagrant.d" / "plugins.json"
    return any(gems) or (own.is_file() and VAGRANT_PLUGIN.program in own.read_text())


def missing_for_up(settings: Settings, *, engines: bool = True) -> list[Finding]:
    """Return what keeps `up` from working; nothing where all is well. This takes a moment.

    If ``engines`` is false, the engines are not asked whether they answer.

    Raises:
        HostError: an engine hangs, or is not the one that the user's Docker uses; `setup` cures neither.
    """
    refuse_another_engine()
    return [finding for finding in _needed(settings, services() if engines else ()) if finding.status == "missing"]


def diagnose(settings: Settings, kernel: Path | None = None) -> list[Finding]:
    """Return everything worth knowing of this host. Boot ``kernel``, or the host's own, to see whether KVM works."""
    return [*_needed(settings, services(), _ask), *_useful(settings, kernel)]


def _ask(service: Service) -> bool | HostError:
    """Return True if it answers; the error if that cannot be told."""
    try:
        return service.answers()
    except HostError as error:
        return error


def _needed(
    settings: Settings,
    asked: Sequence[Service],
    ask: Callable[[Service], bool | HostError] = Service.answers,
) -> Iterator[Finding]:
    if os.uname().machine != ARCHITECTURE:
        yield Finding(
            "processor", "missing", f"{os.uname().machine}; the machines are built for {ARCHITECTURE}", README
        )
    packages = missing_packages()
    if packages:
        yield Finding("programs", "missing", f"not installed: {', '.join(packages)}", SETUP)
    else:
        yield Finding("programs", "ok", "Docker Engine, libvirt, QEMU, Vagrant, mmdebstrap")
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(ask, asked))
    for service, answer in zip(asked, answers, strict=True):
        if isinstance(answer, HostError):
            yield Finding(service.name, "missing", answer.what, answer.cure)
        elif answer:
            yield Finding(service.name, "ok", "answers")
        elif service.group in awaited_groups():
            detail = f"does not answer to you before your next login: you joined the group {service.group}"
            yield Finding(service.name, "missing", detail, RELOGIN)
        else:
            yield Finding(service.name, "missing", "does not answer to you", SETUP)
    if kvm_needs_care():
        yield Finding("/dev/kvm", "missing", "not open to the group kvm: libvirt would take minutes for a call", SETUP)
    if refusal := home.refusal(settings.home):
        yield Finding("LAB_HOME", "missing", refusal, home.CURE)
    elif settings.home.exists():
        yield Finding("LAB_HOME", "ok", str(settings.home))
    else:
        yield Finding("LAB_HOME", "missing", f"{settings.home} is not there yet", SETUP)


def _useful(settings: Settings, kernel: Path | None) -> Iterator[Finding]:
    yield Finding("Python", "ok", f"{sys.version.split()[0]} in {sys.prefix}")
    if shutil.which("qemu-system-x86_64"):
        acceleration = probe_acceleration(settings, lambda: kernel)
        status: Literal["ok", "warning"] = "ok" if acceleration.kind == "kvm" else "warning"
        yield Finding("acceleration", status, acceleration.reason)
    place = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free = shutil.disk_usage(place).free
    yield Finding(
        "disk",
        "ok" if free > ROOM else "warning",
        f"{free / 1e9:.0f} GB free at {place}; the first `up` takes {ROOM / 1e9:.0f} GB",
        "" if free > ROOM else "Free some, or point LAB_HOME at a larger disk.",
    )
    available = available_memory()
    yield Finding("memory", "ok" if available > MEMORY else "warning", f"{available / 1e9:.1f} GB available")
    compose = shutil.which("docker-compose") or _compose_plugin()
    yield Finding("Compose", "ok" if compose else "warning", compose or "not installed; only a comparison needs it")


def available_memory() -> int:
    """Return the bytes that programs can still get without swapping (proc(5), ``MemAvailable``)."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))


def _compose_plugin() -> str:
    argv = ["timeout", "10", "docker", "compose", "version"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
