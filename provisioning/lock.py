"""Keep processes apart that work on one lab: by locks that the kernel releases however their holders end.

Each lock is a file below ``<home>/locks``. There are two kinds. A lab has one writer at a time (:func:`locked`), which
makes or removes machines. A scenario has any number of readers (:func:`reading`), which look at its machines: nobody
throws these away meanwhile. A writer takes the scenario that it throws away first, then the lab: so no two wait for
each other.
"""

from __future__ import annotations

import fcntl
import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from provisioning.errors import BusyError, HostError
from provisioning.progress import Progress
from provisioning.settings import Settings

EVERY = "EVERY"
"""Stands for every scenario of a lab. No scenario has this name: scenarios have lower-case letters."""


@contextmanager
def locked(
    settings: Settings, doing: str, progress: Progress, *, discards: str | None = None, wait: bool = True
) -> Iterator[None]:
    """Hold the lab while ``doing`` (such as ``up scenario-3``) goes on. If another process holds it, name it and wait.

    ``discards`` is the scenario whose machines are thrown away, or :data:`EVERY`: nobody looks at them meanwhile. What
    a killed process of the lab left running (Vagrant, Ansible) is ended first.

    Raises:
        BusyError: another process holds it and ``wait`` is false.
        HostError: the folder of the locks cannot be written.
    """
    with ExitStack() as held:
        if discards is not None:
            held.enter_context(_held(_of_scenario(settings, discards), doing, progress, wait=wait))
        held.enter_context(_held(_folder(settings) / settings.name, doing, progress, wait=wait))
        _end_orphans(settings)
        yield


@contextmanager
def reading(settings: Settings, scenario: str, doing: str, progress: Progress) -> Iterator[None]:
    """Hold a scenario's machines: nobody throws them away, but others may look at them, too.

    Raises:
        HostError: the folder of the locks cannot be written.
    """
    with (
        _held(_of_scenario(settings, EVERY), doing, progress, shared=True),
        _held(_of_scenario(settings, scenario), doing, progress, shared=True),
    ):
        yield


def others_at_work(settings: Settings) -> bool:
    """Return True if a process holds another lab of this home."""
    for path in _folder(settings).glob("*"):
        if path.name == settings.name or path.suffix:
            continue
        with path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False


def writer(settings: Settings) -> str:
    """Return who holds the lab as its writer, such as ``process 7 (`up scenario-3`)``; nothing if nobody does."""
    path = _folder(settings) / settings.name
    try:
        noted, inode = path.read_text(errors="replace"), path.stat().st_ino
    except OSError:
        return ""
    # A writer that was killed has left its note.
    return noted if noted and re.search(rf"FLOCK .* WRITE .*:{inode} ", Path("/proc/locks").read_text()) else ""


def _folder(settings: Settings) -> Path:
    return settings.home / "locks"


def _of_scenario(settings: Settings, scenario: str) -> Path:
    return _folder(settings) / f"{settings.name}.{scenario}"


@contextmanager
def _held(path: Path, doing: str, progress: Progress, *, shared: bool = False, wait: bool = True) -> Iterator[None]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", errors="replace")
    except OSError as error:
        raise HostError(
            f"The lab's folder {path.parent.parent} cannot be written: {error.strerror}: {error.filename}.",
            "Run `python3 lab.py setup`, or point LAB_HOME at a folder of yours.",
        ) from error
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    with file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            name, _, scenario = path.name.partition(".")
            what = f"the scenario {scenario!r}" if scenario not in ("", EVERY) else f"the lab {name!r}"
            holder = _holder(file)
            if not wait:
                raise BusyError(f"{holder} holds {what}.", "Wait for it to end, or end that process.") from None
            with progress.phase(f"Waiting for {holder}, which holds {what}"):
                fcntl.flock(file, kind)
        if shared:
            yield
            return
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()} (`{doing}`)")
        file.flush()
        yield
        # Without `finally`: the note may stay, as it is read only while the file is locked.
        file.seek(0)
        file.truncate()


def _holder(file: IO[str]) -> str:
    """Return who holds a lock: what a writer has noted in the file, else what the kernel tells (proc(5), ``locks``)."""
    file.seek(0)
    if noted := file.read().strip():
        return noted
    inode = os.fstat(file.fileno()).st_ino
    for line in Path("/proc/locks").read_text().splitlines():
        fields = line.split()
        if "->" not in fields and fields[1] == "FLOCK" and fields[5].endswith(f":{inode}"):
            with suppress(OSError, ValueError):
                words = Path(f"/proc/{fields[4]}/cmdline").read_text().split("\0")
                return f"process {fields[4]} (`{' '.join(words[words.index('-c') + 2 :]).strip()}`)"
    return "another process"


def _end_orphans(settings: Settings) -> None:
    """End what a killed process of this lab left. In a container there may be a lab of the same home: another one."""
    marker = "=".join(*settings.signature.items()).encode()
    here = Path("/proc/self/ns/pid").readlink()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            marked = marker in (process / "environ").read_bytes().split(b"\0")
            if marked and (process / "ns" / "pid").readlink() == here:
                os.kill(int(process.name), signal.SIGKILL)
        except OSError:
            continue  # it ended meanwhile, or is another user's
