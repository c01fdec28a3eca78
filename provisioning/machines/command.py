"""Run a program of the host and wait for it; the program ends when the driver does, however the driver ends."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from provisioning.errors import HostError, MachineError, SilentError
from provisioning.machines import Result

ASKING = 15
"""Seconds that an engine may take for what it answers at once, unless it hangs."""
PING = 5.0
"""Seconds that an engine which left another question unanswered may take for the simplest."""
ENGINES = {
    "docker": ("Docker Engine", ("docker", "version")),
    "virsh": ("libvirt", ("virsh", "--connect", "qemu:///system", "version")),
}
"""By the program that asks it: an engine's name, and a question that it answers at once."""


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
        SilentError: it did not end in time, since the engine that it asks hangs.
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
        _ask_again(argv[0])
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


def _ask_again(program: str) -> None:
    """
    Raises:
        SilentError: the program asks an engine, and that does not even tell its version.
    """
    if program in ENGINES:
        engine, question = ENGINES[program]
        if answer(question, PING) is None:
            raise SilentError(engine, PING)


def answer(question: Sequence[str], seconds: float, root: Sequence[str] = ()) -> bool | None:
    """Whether a question to an engine succeeds; None when there is no answer. ``root`` is what makes the asker root."""
    # By timeout(1): a program that became root cannot be ended by this user.
    limited = ["timeout", "--kill-after=1", f"{seconds:g}", *question]
    status = subprocess.run([*root, *limited], stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode
    return None if status in (124, 137, -signal.SIGKILL) else status == 0
