"""One writer per lab: a lock that the kernel releases however its holder ends."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from provisioning.errors import BusyError
from provisioning.progress import Progress
from provisioning.settings import Settings


@contextmanager
def locked(settings: Settings, doing: str, progress: Progress, *, wait: bool = True) -> Iterator[None]:
    """Hold the lab while ``doing`` (such as ``up scenario-3``) goes on; wait for who holds it, and say who that is.

    What a killed driver left running (Vagrant, Ansible) is ended before the lab is handed over.

    Raises:
        BusyError: another process holds it and ``wait`` is false.
    """
    path = settings.home / "locks" / settings.name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            if not wait:
                raise BusyError(
                    f"The lab {settings.name!r} is held by {holder}.", "Wait for it to end, or end that process."
                ) from None
            with progress.phase(f"Waiting for {holder}, which holds the lab {settings.name!r}"):
                fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()} (`{doing}`)")
        file.flush()
        _end_orphans(settings)
        yield
        file.seek(0)
        file.truncate()


def others_at_work(settings: Settings) -> bool:
    """Whether a process holds another lab of this host."""
    for path in (settings.home / "locks").glob("*"):
        if path.name == settings.name:
            continue
        with path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False


def _end_orphans(settings: Settings) -> None:
    marker = "=".join(*settings.mark.items()).encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if marker in (process / "environ").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)
        except OSError:
            continue  # it ended meanwhile, or is another user's
