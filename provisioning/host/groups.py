"""The groups whose members may use the engines: in whose list the user stands, and since when that holds."""

from __future__ import annotations

import grp
import os
import pwd

from provisioning.host.services import SERVICES

GROUPS = (*(service.group for service in SERVICES if service.group), "kvm")
RELOGIN = "Log out and in again, then repeat the command."


def user_name() -> str:
    """Return the name of the user who runs this, whatever the environment says."""
    return pwd.getpwuid(os.geteuid()).pw_name


def groups_to_join() -> list[str]:
    """Return the groups that the user has to be added to. Root needs none."""
    if os.geteuid() == 0:
        return []
    return [group for group in GROUPS if _number(group) not in _registered() | _held()]


def awaited_groups() -> list[str]:
    """Return the groups that list the user, who does not have them in this session: each login reads the list once."""
    if os.geteuid() == 0:
        return []
    return [group for group in GROUPS if _number(group) in _registered() - _held()]


def _number(group: str) -> int | None:
    """Return its number; None where there is no such group, as before the package that brings it is installed."""
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        return None


def _registered() -> set[int]:
    entry = pwd.getpwuid(os.geteuid())
    return set(os.getgrouplist(entry.pw_name, entry.pw_gid))


def _held() -> set[int]:
    return {os.getegid(), *os.getgroups()}
