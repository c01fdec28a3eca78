"""The groups whose members may use the engines: in whose list the user stands, and since when that holds."""

from __future__ import annotations

import grp
import os
import pwd

from provisioning.errors import HostError
from provisioning.host.services import SERVICES

GROUPS = (*(service.group for service in SERVICES if service.group), "kvm")
RELOGIN = "Log out and in again, then repeat the command."


def user_name() -> str:
    """Return the name of the user who runs this, whatever the environment says; the number of one without a name."""
    entry = _entry()
    return entry.pw_name if entry else str(os.geteuid())


def groups_to_join() -> list[str]:
    """Return the groups that the user has to be added to. Root needs none.

    Raises:
        HostError: there are some, and the user has a number and no name, as in some containers.
    """
    if os.geteuid() == 0:
        return []
    found = [group for group in GROUPS if _number(group) not in _registered() | _held()]
    if found and not _entry():
        raise HostError(
            f"You are the user {os.geteuid()}, who has no name on this host and so cannot be added to a group.",
            f"Work as a user who stands in /etc/passwd, or have this one started in the groups {', '.join(found)}.",
        )
    return found


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
    entry = _entry()
    return set(os.getgrouplist(entry.pw_name, entry.pw_gid)) if entry else set()


def _entry() -> pwd.struct_passwd | None:
    """Return what the host knows of the user; nothing of one who has a number and no name."""
    try:
        return pwd.getpwuid(os.geteuid())
    except KeyError:
        return None


def _held() -> set[int]:
    return {os.getegid(), *os.getgroups()}
