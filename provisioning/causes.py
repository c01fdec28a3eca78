"""Explain an error that nobody caught: which file, which program, and what to do."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence

from provisioning.errors import HostError, LabError, UsageError

SPACE = "Free disk space, or point LAB_HOME at a larger disk."
RIGHTS = "Have its owner let you, or point LAB_HOME at a folder of your own."
LOAD = "Repeat the command when this host has less to do, or end what you do not need of your own."
CURES = {
    errno.ENOSPC: SPACE,
    errno.EDQUOT: SPACE,
    errno.EFBIG: SPACE,
    errno.EROFS: "Point LAB_HOME at a folder that can be written to.",
    errno.EACCES: RIGHTS,
    errno.EPERM: RIGHTS,
    errno.EIO: "See what the kernel says of the disk: dmesg",
    errno.ENOMEM: LOAD,
    errno.EAGAIN: LOAD,
    errno.EMFILE: "Let the lab open more files: ulimit -n 4096",
    errno.ENFILE: LOAD,
    errno.ENAMETOOLONG: "Use a shorter name.",
    errno.ELOOP: "Correct the link.",
    errno.ENOTDIR: "Remove the file that stands where a folder must be.",
    errno.EEXIST: "Remove or correct what stands there: it may be a link to nothing, such as a disk not mounted.",
    errno.EISDIR: "Remove the folder that stands where a file must be.",
}


def explained(error: BaseException) -> LabError | None:
    """Return the error with a sentence and a cure; None where it can only be a mistake in the lab itself."""
    match error:
        case LabError():
            return error
        case MemoryError():
            return HostError("The memory of this host does not suffice.", LOAD)
        case RecursionError():
            return HostError("A file, or an answer of a program, is nested too deeply.", "Look for it, and correct it.")
        case subprocess.TimeoutExpired():
            return HostError(f"`{_told(error.cmd)}` did not end within {error.timeout:g} s.", LOAD)
        case subprocess.CalledProcessError():
            said = error.stderr or error.output or ""
            lines = (said.decode(errors="replace") if isinstance(said, bytes) else said).strip().splitlines()
            last = f": {lines[-1]}" if lines else ""
            return HostError(f"`{_told(error.cmd)}` ended with status {error.returncode}{last}.", "Run it by hand.")
        case OSError():
            return of_the_engine(error) or _of_the_system(error)
        case Exception():
            return of_the_engine(error)
    return None


def of_the_engine(error: Exception) -> LabError | None:
    """Return an error of Docker's SDK with a sentence and a cure; None for any other error.

    The SDK is not imported for that, which would take 0.2 s: without it there is no error of it.
    """
    if "docker" not in sys.modules:
        return None
    from provisioning.machines.container import engine

    return engine.explained(error)


def _of_the_system(error: OSError) -> LabError | None:
    what = error.strerror or type(error).__name__
    files = [name.decode(errors="replace") if isinstance(name, bytes) else str(name) for name in _files(error)]
    if error.errno in CURES:
        return HostError(f"{' and '.join(files) or 'A file or program'}: {what}.", CURES[error.errno])
    if isinstance(error, FileNotFoundError):
        try:
            os.getcwd()  # noqa: PTH109
        except FileNotFoundError:
            return UsageError("The current folder is not there any more.", "Go to another folder: cd")
        if files and "/" not in files[0]:
            return HostError(f"The program {files[0]!r} is not installed.", "Run: python3 lab.py setup")
    if isinstance(error, ConnectionError):
        return HostError(f"A program that the lab spoke to has gone away: {what}.", "Repeat the command.")
    return None


def _files(error: OSError) -> list[str | bytes]:
    return [name for name in (error.filename, error.filename2) if isinstance(name, str | bytes)]


def _told(command: Sequence[str] | str) -> str:
    return (command if isinstance(command, str) else shlex.join(map(str, command)))[:80]
