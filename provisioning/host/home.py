"""Make LAB_HOME, and tell why it cannot hold the lab. What exists is never given another owner or mode."""

from __future__ import annotations

import os
import pwd
import shlex
import stat
from collections.abc import Collection, Sequence
from pathlib import Path

QEMU_USERS = ("libvirt-qemu", "qemu")
"""The users as whom libvirt runs QEMU: on Debian and its kin, on Fedora and its kin."""
CURE = "Point LAB_HOME at a folder of your own that others may enter, such as /srv/lab."


def refusal(home: Path) -> str:
    """Tell why ``home`` cannot hold the lab; empty where it can, or can once it is made."""
    place = nearest(home)
    if not place.is_dir():
        return f"{place} is no folder"
    if place == home and not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        return f"{home} belongs to {_owner(home)} and is not yours to write"
    if place == home and os.geteuid() == 0 and home.stat().st_uid != 0:
        return f"{home} belongs to {_owner(home)}, who could change what root's lab starts from"
    for user in QEMU_USERS:
        try:
            entry = pwd.getpwnam(user)
        except KeyError:
            continue
        groups = os.getgrouplist(user, entry.pw_gid)
        shut = next((folder for folder in (*reversed(place.parents), place) if not enters(folder, entry, groups)), None)
        if shut:
            mode = stat.S_IMODE(shut.stat().st_mode)
            return f"QEMU runs as the user {user}, who may not enter {shut} (mode {mode:o})"
    return ""


def nearest(home: Path) -> Path:
    """Return ``home`` or, where it is not there, the nearest of its parents that is."""
    return next(path for path in (home, *home.parents) if os.path.lexists(path))


def enters(folder: Path, user: pwd.struct_passwd, groups: Collection[int]) -> bool:
    """Return True if ``user``, of these ``groups``, may enter the folder, or if it has a list of its own (acl(5))."""
    found = folder.stat()
    if user.pw_uid == 0 or _has_list(folder):
        return True
    if found.st_uid == user.pw_uid:
        return bool(found.st_mode & stat.S_IXUSR)
    return bool(found.st_mode & (stat.S_IXGRP if found.st_gid in groups else stat.S_IXOTH))


def _has_list(folder: Path) -> bool:
    try:
        return "system.posix_acl_access" in os.listxattr(folder)
    except OSError:  # a file system without such lists
        return False


def commands_to_make(home: Path, user: str, root: Sequence[str]) -> list[list[str]]:
    """Return the commands that make ``home`` unless it is there: all may read it, ``user`` may write to it.

    `mkdir` without `-p` refuses a folder that somebody made meanwhile. ``root`` is put before commands that need root.
    """
    if home.exists():
        return []
    line = f"umask 022 && mkdir -p {shlex.quote(str(home.parent))} && mkdir {shlex.quote(str(home))}"
    if os.access(nearest(home), os.W_OK):
        return [["sh", "-c", line]]
    return [[*root, "sh", "-c", f"{line} && chown {user} {shlex.quote(str(home))}"]]


def _owner(path: Path) -> str:
    uid = path.stat().st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"the user {uid}"
