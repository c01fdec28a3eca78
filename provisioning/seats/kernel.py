"""What the kernel counts for all seats together, as what is done in a seat counts for the user who made it: root."""

from __future__ import annotations

from pathlib import Path

from provisioning.errors import HostError

PLENTY = 2**20
"""LXD's own advice for hosts of many instances. What a seat really takes counts for its memory, which is limited."""
COUNTED = ("inotify/max_user_instances", "inotify/max_user_watches")
"""Of proc_sys_fs(5). A seat takes a dozen instances, and the usual 128 are used up by nine seats."""
FOLDER = Path("/proc/sys/fs")


def widen(folder: Path = FOLDER) -> None:
    """Have the kernel give seats as many of what it counts as they may need, until this host is started anew.

    Raises:
        HostError: it does not let itself be told.
    """
    for name in COUNTED:
        file = folder / name
        if int(file.read_text()) < PLENTY:
            try:
                file.write_text(f"{PLENTY}\n")
            except OSError as error:
                raise HostError(
                    f"The kernel's {file} cannot be raised: {error.strerror}.",
                    f"Have whoever runs this host set it to {PLENTY}.",
                ) from error
