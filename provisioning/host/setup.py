"""Give the host what the lab needs: Debian's packages, running engines, a folder. Asks before it changes anything."""

from __future__ import annotations

import getpass
import grp
import os
import shlex
import shutil
import subprocess
import sys

from provisioning.errors import HostError
from provisioning.host.doctor import ARCHITECTURE, README, missing_packages
from provisioning.host.services import KVM, SERVICES, Service, commands_to_start, kvm_needs_care, start
from provisioning.progress import Phase, Progress
from provisioning.settings import Settings

BY_HAND = "Run `python3 lab.py setup --yes`, or install and start the engines by hand; see the README."


def setup(settings: Settings, progress: Progress, yes: bool) -> None:
    """Install what is missing and start what does not run; on a host that has everything, change nothing.

    Raises:
        HostError: the user does not consent, this is no Debian or no x86-64, or a step failed.
    """
    if os.uname().machine != ARCHITECTURE:
        raise HostError(f"The machines are built for {ARCHITECTURE}, and this is {os.uname().machine}.", README)
    root = [] if os.geteuid() == 0 else ["sudo"]
    packages = missing_packages()
    stopped = [service for service in SERVICES if not service.answers(root)]
    commands = _commands(settings, packages, stopped, root)
    if not commands:
        progress.say("This host has everything the lab needs; nothing was changed.")
        return
    if packages and shutil.which("apt-get") is None:
        raise HostError(
            f"These programs are missing, and only Debian and Ubuntu are set up automatically: {', '.join(packages)}.",
            "Install them with your distribution's tool; see the README's table.",
        )
    for command in commands:
        progress.say(f"to run: {shlex.join(command)}")
    _consent(yes)
    if packages:
        _install(packages, root, progress)
    _care_for_kvm(root)
    _make_home(settings, root)
    for service in SERVICES:
        if not service.answers(root):
            with progress.phase(f"Starting {service.name}"):
                start(service, root)
    _join_groups(root)


def _commands(settings: Settings, packages: list[str], stopped: list[Service], root: list[str]) -> list[list[str]]:
    commands: list[list[str]] = []
    if packages:
        commands += [["apt-get", "update"], [*_apt_install(), *packages]]
    if kvm_needs_care():
        commands += [["chgrp", "kvm", str(KVM)], ["chmod", "660", str(KVM)]]
    if not os.access(settings.home, os.W_OK):
        commands += [["install", "--directory", f"--owner={getpass.getuser()}", str(settings.home)]]
    for service in stopped:
        commands += commands_to_start(service)
    commands += [["adduser", getpass.getuser(), group] for group in _groups_to_join()]
    return [[*root, *command] for command in commands]


def _apt_install() -> list[str]:
    return ["apt-get", "install", "--yes", "--no-install-recommends"]


def _consent(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise HostError("The host lacks something, and there is no terminal to ask for your consent.", BY_HAND)
    import click

    if not click.confirm("Run these commands?", err=True):
        raise HostError("Nothing was changed.", BY_HAND)


def _install(packages: list[str], root: list[str], progress: Progress) -> None:
    with progress.phase(f"Installing {len(packages)} packages") as phase:
        for command in (["apt-get", "update"], [*_apt_install(), *packages]):
            _follow([*root, "env", "DEBIAN_FRONTEND=noninteractive", *command], phase)


def _follow(command: list[str], phase: Phase) -> None:
    said: list[str] = []
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101 (asked for above)
        for line in process.stdout:
            said.append(line.strip())
            phase.note(line)
    if process.returncode:
        reason = next((line for line in said if line.startswith("E: ")), said[-1] if said else "no message")
        raise HostError(
            f"The packages cannot be installed: {reason.removeprefix('E: ')}",
            f"Run it by hand and read what it says: {shlex.join(command)}",
        )


def _care_for_kvm(root: list[str]) -> None:
    if kvm_needs_care():
        subprocess.run([*root, "chgrp", "kvm", str(KVM)], check=False)
        subprocess.run([*root, "chmod", "660", str(KVM)], check=False)


def _make_home(settings: Settings, root: list[str]) -> None:
    if not os.access(settings.home, os.W_OK):
        owner = f"--owner={getpass.getuser()}"
        subprocess.run([*root, "install", "--directory", "--mode=755", owner, str(settings.home)], check=True)


def _groups_to_join() -> list[str]:
    """Groups whose members may use the engines, and that this user is not in. Root needs none."""
    if os.geteuid() == 0:
        return []
    joined = {group.gr_name for group in grp.getgrall() if getpass.getuser() in group.gr_mem}
    return [group for group in [service.group for service in SERVICES] + ["kvm"] if group not in joined]


def _join_groups(root: list[str]) -> None:
    """
    Raises:
        HostError: the user joined a group: it holds from the next login on.
    """
    groups = _groups_to_join()
    for group in groups:
        subprocess.run([*root, "adduser", getpass.getuser(), group], capture_output=True, check=True)
    if groups:
        raise HostError(
            f"You were added to the groups {', '.join(groups)}, which holds from your next login on.",
            "Log out and in again (or run `newgrp docker`), then repeat the command.",
        )
