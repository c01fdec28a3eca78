"""Run a program of the host and wait for it; the program ends when the driver does, however the driver ends."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from provisioning.errors import HostError, MachineError
from provisioning.machines import Result


def bound(argv: Sequence[str]) -> list[str]:
    """``argv`` as a child that the kernel kills when its parent dies, even of ``kill -9`` (setpriv(1))."""
    return ["setpriv", "--pdeathsig", "KILL", "--", *argv]


def run(
    argv: Sequence[str],
    *,
    stdin: str = "",
    timeout: float = 60.0,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Result:
    """Run ``argv`` to its end, ``timeout`` seconds at most; ``env`` is added to the process's own.

    Raises:
        HostError: the program is not installed.
        MachineError: it did not end in time.
    """
    if shutil.which(argv[0]) is None:
        raise HostError(f"The program {argv[0]!r} is not installed.", "Run: python3 lab.py setup")
    began = time.monotonic()
    try:
        done = subprocess.run(
            bound(argv),
            input=stdin.encode(),
            capture_output=True,
            timeout=timeout,
            cwd=cwd,
            env={**os.environ, **env} if env else None,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        told = shlex.join(word for word in argv if not word.startswith("LAB_"))[:60]
        raise MachineError(
            f"`{told}` did not end within {timeout:g} s.",
            "Look at `python3 lab.py status`; a machine that hangs is put right by `python3 lab.py reset SCENARIO`.",
        ) from error
    return Result(
        done.returncode,
        done.stdout.decode(errors="replace"),
        done.stderr.decode(errors="replace"),
        time.monotonic() - began,
    )
