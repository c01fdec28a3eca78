"""Give the host what the lab needs: Debian's packages, running engines, a folder. Asks before it changes anything."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import click

from provisioning.errors import HostError, LabError, SilentError
from provisioning.host import home
from provisioning.host.doctor import ARCHITECTURE, README, missing_for_up, missing_packages
from provisioning.host.groups import RELOGIN, awaited_groups, groups_to_join, user_name
from provisioning.host.packages import FOR_THE_BASE, Need
from provisioning.host.services import (
    BUS,
    KVM,
    LIBVIRT,
    Service,
    commands_to_start,
    commands_to_stop_libvirtd,
    kvm_needs_care,
    misses_bus,
    services,
    start,
    stop_libvirtd,
)
from provisioning.progress import Phase, Progress
from provisioning.settings import Settings

Result = TypeVar("Result")
BY_HAND = "Run `python3 lab.py setup --yes`, or install and start the engines by hand; see the README."

INSTALL = (
    *("apt-get", "install", "--yes", "--no-install-recommends"),
    *("--option", "APT::Keep-Downloaded-Packages=false"),
)
"""apt removes what it downloaded once that is installed: 213 MB of a first `up`."""


def prepare(
    settings: Settings,
    progress: Progress,
    yes: bool,
    *,
    engines: bool = True,
    meanwhile: Callable[[], object] | None = None,
) -> bool:
    """Install and start what `up` needs and the host lacks. Return whether it lacked something.

    ``engines`` is as in :func:`provisioning.host.doctor.missing_for_up`, ``meanwhile`` as in :func:`setup`.

    Raises:
        HostError: see :func:`setup`, and :func:`provisioning.host.doctor.missing_for_up`.
    """
    missing = missing_for_up(settings, engines=engines)
    if missing:
        setup(settings, progress, yes, meanwhile=meanwhile)
    return bool(missing)


def retried(work: Callable[[], Result], settings: Settings, progress: Progress) -> Result:
    """Do the work and return its result; where it fails on a host that lacks something, prepare the host and repeat it.

    Raises:
        LabError: the work failed on a host that lacks nothing, or that cannot be prepared, or the second time.
    """
    try:
        return work()
    except SilentError:  # an engine hangs: it would hang again
        raise
    except LabError as error:
        try:
            prepared = prepare(settings, progress, yes=False)
        except LabError:
            raise error from None
        if not prepared:
            raise
        return work()


def setup(
    settings: Settings,
    progress: Progress,
    yes: bool,
    also: Sequence[Need] = (),
    meanwhile: Callable[[], object] | None = None,
    more: Sequence[Service] = (),
) -> None:
    """Install what is missing and start what does not run; on a host that has everything, change nothing.

    ``also`` is what is needed, and ``more`` what must run, beside what the lab needs. ``meanwhile`` needs only what the
    base is built with: it is done while the other packages are installed, if packages are missing.

    Raises:
        HostError: the user does not consent, this is no Debian or no x86-64, a step failed, or what was done takes
            effect only at the user's next login.
        LabError: ``meanwhile`` failed; the host has all that it lacked.
    """
    if os.uname().machine != ARCHITECTURE:
        raise HostError(f"The machines are built for {ARCHITECTURE}, and this is {os.uname().machine}.", README)
    if refusal := home.refusal(settings.home):
        raise HostError(f"LAB_HOME cannot be {settings.home}: {refusal}.", home.CURE)
    root = [] if os.geteuid() == 0 else ["sudo"]
    packages = missing_packages(also)
    wanted = (*services(), *more)
    stopped = [service for service in wanted if not service.answers(root)]
    deaf = LIBVIRT not in stopped and (BUS in stopped or misses_bus())
    commands = _commands(settings, packages, wanted, stopped, deaf, root)
    if not commands:
        _require_answers()
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
    if root and shutil.which(root[0]) is None:
        raise HostError("You are not root, and there is no sudo to become it.", "Run these commands as root.")
    for command in home.commands_to_make(settings.home, user_name(), root):
        _run(command)
    with ThreadPoolExecutor(1) as pool:
        begun = []
        if packages:
            packages = _refresh(packages, root, progress, also)
            first, others = _in_order(packages)
            _install(first, root, progress)
            begun = [pool.submit(meanwhile)] if meanwhile else []
            _install(others, root, progress)
        _start_services(wanted, root, progress)
        for job in begun:
            job.result()
    _require_answers()


def _start_services(wanted: Sequence[Service], root: list[str], progress: Progress) -> None:
    """Start what does not answer, and let the user use it."""
    if kvm_needs_care():
        _run([*root, "chgrp", "kvm", str(KVM)])
        _run([*root, "chmod", "660", str(KVM)])
    for service in wanted:
        if service is LIBVIRT and misses_bus():
            stop_libvirtd(root)
        if not service.answers(root):
            with progress.phase(f"Starting {service.name}"):
                start(service, root)
    for group in groups_to_join():
        _run([*root, "adduser", user_name(), group])


def _commands(
    settings: Settings,
    packages: list[str],
    wanted: Sequence[Service],
    stopped: list[Service],
    deaf: bool,
    root: list[str],
) -> list[list[str]]:
    """Return the commands to run; ``deaf`` means that libvirtd started before the bus, and must restart."""
    commands: list[list[str]] = []
    if packages:
        commands += [["apt-get", "update"], *_commands_to_install(packages)]
    if kvm_needs_care():
        commands += [["chgrp", "kvm", str(KVM)], ["chmod", "660", str(KVM)]]
    if deaf:
        commands += commands_to_stop_libvirtd()
    for service in wanted:
        if service in stopped or (deaf and service is LIBVIRT):
            commands += commands_to_start(service)
    commands += [["adduser", user_name(), group] for group in groups_to_join()]
    return [*([*root, *command] for command in commands), *home.commands_to_make(settings.home, user_name(), root)]


def _consent(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise HostError("The host lacks something, and there is no terminal to ask for your consent.", BY_HAND)
    if not click.confirm("Run these commands?", err=True):
        raise HostError("Nothing was changed.", BY_HAND)


def _in_order(packages: list[str]) -> tuple[list[str], list[str]]:
    """Return what the base is built with, which is installed first, and the others.

    >>> _in_order(["docker.io", "mmdebstrap"])
    (['mmdebstrap'], ['docker.io'])
    """
    early = {package for need in FOR_THE_BASE for package in need.packages}
    return [each for each in packages if each in early], [each for each in packages if each not in early]


def _commands_to_install(packages: list[str]) -> list[list[str]]:
    return [[*INSTALL, *some] for some in _in_order(packages) if some]


def _refresh(packages: list[str], root: list[str], progress: Progress, also: Sequence[Need]) -> list[str]:
    """Have apt know what its archives hold. Return what is to be installed by that: a program may move house."""
    with progress.phase("Asking what packages there are") as phase:
        _follow([*root, "apt-get", "update"], phase)
    found = missing_packages(also)
    if found != packages:
        for command in _commands_to_install(found):
            progress.say(f"to run: {shlex.join([*root, *command])}")
    return found


def _install(packages: list[str], root: list[str], progress: Progress) -> None:
    if packages:
        with progress.phase(f"Installing {len(packages)} packages") as phase:
            _follow([*root, "env", "DEBIAN_FRONTEND=noninteractive", *INSTALL, *packages], phase)


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


def _run(command: list[str]) -> None:
    """Run a command and wait for its end.

    Raises:
        HostError: the command failed; the error holds its last line.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise HostError(f"`{shlex.join(command)}` failed: {said[-1]}", "Run it by hand, then repeat the command.")


def _require_answers() -> None:
    """Require that every engine answers the user.

    Raises:
        HostError: an engine runs and does not answer the user, such as one who gets a group only at the next login.
    """
    deaf = [service for service in services() if not service.answers()]
    names = " and ".join(service.name for service in deaf)
    groups = awaited_groups()
    if any(service.group in groups for service in deaf):
        raise HostError(
            f"You belong to these groups from your next login on: {', '.join(groups)}. Until then {names} cannot be "
            "used.",
            RELOGIN,
        )
    if deaf:
        raise HostError(f"{names} runs, but does not answer to you.", f"Read why: {shlex.join(deaf[0].question)}")
