"""Start the engines: through systemd where it is PID 1, by hand where it is not."""

from __future__ import annotations

import grp
import os
import shlex
import shutil
import stat
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from provisioning.environment import refuse_another_engine
from provisioning.errors import HostError, SilentError
from provisioning.host import packages
from provisioning.machines.command import ASKING, answer
from provisioning.machines.vm.libvirt import URI

KVM = Path("/dev/kvm")
PATIENCE = 60.0
"""Seconds an engine may take to answer after it was started."""
LOGS = Path("/var/log")
LIBVIRTD_PID = Path("/run/libvirtd.pid")


@dataclass(frozen=True)
class Service:
    """An engine that must run."""

    name: str
    unit: str
    """systemd's name for it."""
    by_hand: tuple[tuple[str, ...], ...]
    """Commands that start it without systemd; one that stays in the foreground is left running."""
    question: tuple[str, ...]
    """A command that succeeds when the engine answers."""
    group: str | None
    """Members of this group may use it; None where everybody may."""

    def answers(self, root: Sequence[str] = ()) -> bool:
        """Return True if it answers this user, or root if ``root`` (such as ``sudo``) is to stand before the question.

        Raises:
            HostError: the user's Docker is another engine.
            SilentError: it takes the question and does not answer.
        """
        if self.question[0] == "docker":
            refuse_another_engine()
        if any(shutil.which(program) is None for program in (*root[:1], self.question[0])):
            return False
        if root:  # asked apart, without a limit of time: the user may have to type a password
            subprocess.run([*root, "true"], capture_output=True, check=False)
        told = answer(self.question, ASKING, root)
        if told is None:
            raise SilentError(self.name, ASKING)
        return told


BUS = Service(
    "the system bus",
    "dbus",
    (("mkdir", "-p", "/run/dbus"), ("rm", "-f", "/run/dbus/pid"), ("dbus-daemon", "--system", "--fork")),
    ("dbus-send", "--system", "--print-reply", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.GetId"),
    None,
)
"""libvirt asks polkit by it whether a user who is not root may use it. Where systemd is, it runs."""
DOCKER = Service("Docker Engine", "docker", (("dockerd",),), ("docker", "version"), "docker")
CORES = (
    "ulimit -Hc unlimited 2>/dev/null || grep -q ^max_core /etc/libvirt/qemu.conf || "
    "echo 'max_core = 0' >>/etc/libvirt/qemu.conf"
)
"""libvirt lifts the limit on QEMU's core files. sudo has lowered it, and the root of a container may not lift it."""
LIBVIRT = Service(
    "libvirt",
    "libvirtd",
    (("sh", "-c", CORES), ("virtlogd", "-d"), ("libvirtd", "-d")),
    ("virsh", "--connect", URI, "version"),
    "libvirt",
)
SERVICES = (DOCKER, LIBVIRT)
DEAD_MOUNT = "mountpoint -q /var/lib/lxcfs || umount --lazy /var/lib/lxcfs 2>/dev/null; mkdir -p /var/lib/lxcfs"
"""What LXCFS leaves when it is killed: a mount that answers nobody, on which nothing can be mounted."""
LXCFS = Service(
    "LXCFS",
    "lxcfs",
    (("sh", "-c", DEAD_MOUNT), ("lxcfs", "/var/lib/lxcfs")),
    ("mountpoint", "-q", "/var/lib/lxcfs"),
    None,
)
"""Tells an instance its own memory and processors, where `/proc` tells the host's."""
TUN = ("chmod", "666", "/dev/net/tun")
"""As udev makes it: the machines of a seat have their networks by it."""
PIDS = ("sysctl", "--quiet", "--write", "kernel.pid_max=4194304")
"""As systemd sets it: thirty seats may have more processes than the 32768 of a kernel by itself."""
LXD = Service("LXD", "lxd", (TUN, PIDS, ("lxd", "--group", "lxd")), ("lxc", "query", "/1.0"), None)
INCUS = Service("Incus", "incus", (TUN, PIDS, ("incusd", "--group", "incus-admin")), ("incus", "query", "/1.0"), None)
STAYS = ("dockerd", "lxcfs", "lxd", "incusd")
"""The programs that stay in the foreground."""


def for_class() -> tuple[Service, ...]:
    """Return what must run for a class."""
    return LXCFS, INCUS if packages.for_class() is packages.INCUS else LXD


def misses_bus() -> bool:
    """Return True if libvirt started before the system bus: then it refuses every user but root until it restarts."""
    if BUS not in services() or shutil.which(LIBVIRT.question[0]) is None:
        return False
    limited = ["timeout", f"{ASKING:g}", *LIBVIRT.question]
    return "system bus" in subprocess.run(limited, capture_output=True, text=True, check=False).stderr


def commands_to_stop_libvirtd() -> list[list[str]]:
    """Return the commands that end libvirtd without systemd. Guests and their networks go on without libvirtd."""
    try:
        return [["kill", LIBVIRTD_PID.read_text().strip()]]
    except FileNotFoundError:
        return []


def stop_libvirtd(root: list[str]) -> None:
    """End libvirtd, and wait until it has."""
    for command in commands_to_stop_libvirtd():
        subprocess.run([*root, *command], capture_output=True, check=False)
        deadline = time.monotonic() + PATIENCE
        while not _has_ended(command[-1]) and time.monotonic() < deadline:
            time.sleep(0.1)  # it is no child of ours, so the kernel does not tell us of its end


def _has_ended(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def has_systemd() -> bool:
    """Return True if systemd is PID 1 (sd_booted(3))."""
    return Path("/run/systemd/system").is_dir()


def services() -> tuple[Service, ...]:
    """Return what must run for this user, in the order of starting: libvirt looks for the bus when it starts."""
    return SERVICES if os.geteuid() == 0 or has_systemd() else (BUS, *SERVICES)


def kvm_needs_care() -> bool:
    """Return True if ``/dev/kvm`` is not as udev makes it: libvirt then probes QEMU at every call, for minutes."""
    if not KVM.exists():
        return False
    try:
        group = grp.getgrnam("kvm").gr_gid
    except KeyError:
        return False
    found = KVM.stat()
    return found.st_gid != group or stat.S_IMODE(found.st_mode) & 0o060 != 0o060


def commands_to_start(service: Service) -> list[list[str]]:
    """Return the commands that start the service. The user reads them and consents."""
    if has_systemd():
        return [["systemctl", "enable", "--now", service.unit]]
    return [list(command) for command in service.by_hand]


def start(service: Service, root: list[str]) -> None:
    """Start the service and wait until it answers; ``root`` is what goes before a command that needs root.

    Raises:
        HostError: it does not answer within :data:`PATIENCE`.
    """
    log = LOGS / f"lab-{service.unit}.log"
    for command in commands_to_start(service):
        if command[0] in STAYS:
            _start_daemon(command, log, root)
        else:
            subprocess.run([*root, *command], capture_output=True, check=False)
    deadline = time.monotonic() + PATIENCE
    while not _answers_by_now(service, root):
        if time.monotonic() > deadline:
            where = f"journalctl -u {service.unit}" if has_systemd() else str(log)
            raise HostError(f"{service.name} was started but does not answer.", f"Read why: {where}")
        time.sleep(0.2)  # an engine tells that it is ready only by an answer


def _answers_by_now(service: Service, root: list[str]) -> bool:
    """Return True if it answers. A service that is starting may take a question and answer it only later."""
    try:
        return service.answers(root)
    except SilentError:
        return False


def _start_daemon(command: Sequence[str], log: Path, root: list[str]) -> None:
    """Start a program that stays in the foreground in a session of its own, so that it outlives this process."""
    found = shutil.which(command[0], path=f"{os.environ.get('PATH', '')}:/usr/sbin") or command[0]
    program = shlex.join([found, *command[1:]])
    if command[0] == "dockerd":
        _forget_dead_dockerd(root)
    with subprocess.Popen(
        [*root, "sh", "-c", f"exec setsid {program} >>{log} 2>&1 </dev/null &"], stdin=subprocess.DEVNULL
    ) as launcher:
        launcher.wait()


def _forget_dead_dockerd(root: Sequence[str]) -> None:
    """Remove the pid file that a crash left: it forbids the start once another process has that number."""
    file = Path("/var/run/docker.pid")
    try:
        command = Path(f"/proc/{int(file.read_text())}/comm").read_text().strip()
    except (OSError, ValueError):
        command = ""
    if command != "dockerd":
        subprocess.run([*root, "rm", "-f", str(file)], check=False)
