"""Run a program of the host and wait for its end. It also ends if the lab ends, even by ``kill -9``."""

from __future__ import annotations

import os
import select
import selectors
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from provisioning.errors import ANEW, HostError, MachineError, SilentError
from provisioning.machines import Result

ASKING = 15
"""Seconds that an engine may take to answer a simple question; one that takes longer hangs."""
PING = 5.0
"""Seconds that an engine may take to answer the simplest question after it left another one unanswered."""
ENGINES = {
    "docker": ("Docker Engine", ("docker", "version")),
    "virsh": ("libvirt", ("virsh", "--connect", "qemu:///system", "version")),
}
"""The engines, by the program that asks them: name, and a question that is answered at once."""
ANSWER = 64 * 2**20
"""Bytes that a program may print on each stream if all of it is needed: a hundred times what any does print."""
EXCERPT = 2**20
"""Bytes that are kept of each stream if only a person will read it."""
CHUNK = 2**16
GRACE = 5.0
"""Seconds to wait for the end of a program that was killed: if it waits for a dead disk, it does not end."""


class _Stream:
    """Keeps the first and the last bytes of a stream while it is read, ``limit`` in all."""

    def __init__(self, limit: int) -> None:
        self.room = limit // 2
        self.head, self.tail = bytearray(), bytearray()
        self.count = 0

    def take(self, chunk: bytes) -> None:
        """Keep what there is room for."""
        room = self.room - len(self.head)
        self.head += chunk[:room]
        self.tail += chunk[room:]
        self.count += len(chunk)
        if len(self.tail) > self.room + 2 * CHUNK:  # not at each chunk, as this moves all the bytes
            del self.tail[: -self.room]

    @property
    def cut(self) -> int:
        """Bytes that are not kept."""
        return max(0, self.count - 2 * self.room)

    def text(self) -> str:
        """Return what is kept, with a line in the middle that tells how much is not."""
        told = f"\n… {self.count:,} bytes in all, {self.cut:,} in the middle are left out …\n" if self.cut else ""
        # Decoded in one piece if nothing is left out: a character's bytes may lie in both halves.
        pieces = [self.head, self.tail[-self.room :]] if self.cut else [self.head + self.tail]
        return told.join(bytes(piece).decode(errors="replace") for piece in pieces)


def bound(argv: Sequence[str]) -> list[str]:
    """Return ``argv`` as a command that the kernel kills when its parent dies, even by ``kill -9`` (setpriv(1))."""
    return ["setpriv", "--pdeathsig", "KILL", "--", *argv]


def attend(argv: Sequence[str], env: Mapping[str, str] | None = None) -> int:
    """Run ``argv`` in this program's own terminal; return its exit status. It does not outlive this program.

    An engine's client may outlive its terminal. ``env`` is added to the environment.
    """
    with subprocess.Popen(bound(argv), env={**os.environ, **(env or {})}) as client:
        try:
            return client.wait()
        finally:
            client.kill()


def run(
    argv: Sequence[str],
    *,
    stdin: str = "",
    timeout: float = 60.0,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    limit: int | None = None,
) -> Result:
    """Run ``argv`` until it has ended and no process holds its output any more, ``timeout`` seconds at most.

    ``env`` is added to the environment. Of each stream the first and the last bytes are kept, ``limit`` in all
    (:data:`EXCERPT` if a person reads them); without a limit, all bytes. A program that is late is killed, with what it
    started.

    Raises:
        HostError: the program is not installed.
        SilentError: it did not end in time, because the engine that it asks hangs.
        MachineError: it did not end in time, or it printed more than :data:`ANSWER` bytes and had no limit.
    """
    if shutil.which(argv[0]) is None:
        raise HostError(f"The program {argv[0]!r} is not installed.", "Run: python3 lab.py setup")
    began = time.monotonic()
    streams = _Stream(limit or ANSWER), _Stream(limit or ANSWER)
    try:
        with _started(argv, cwd, {**os.environ, **env} if env else None) as process:
            for told in _converse(process, stdin.encode(), streams, began + timeout):
                if told.cut and limit is None:
                    raise MachineError(
                        f"`{_told(argv)}` printed more than {ANSWER:,} bytes.",
                        f"Look at what it printed by hand. {ANEW}",
                    )
            status = process.wait(max(0.0, began + timeout - time.monotonic()))
    except (TimeoutError, subprocess.TimeoutExpired) as error:
        require_answer(argv[0], PING)
        raise MachineError(
            f"`{_told(argv)}` did not end within {timeout:g} s.",
            f"Repeat the command; a machine may hang. {ANEW}",
        ) from error
    out, err = streams
    return Result(status, out.text(), err.text(), time.monotonic() - began, out.cut + err.cut)


@contextmanager
def _started(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str] | None) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program as leader of a process group, which is killed if an exception leaves the block."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        bound(argv), bufsize=0, stdin=pipe, stdout=pipe, stderr=pipe, cwd=cwd, env=env, process_group=0
    )
    try:
        yield process
    except BaseException:
        # Nobody has waited for its end yet, so no other group can have its number.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        raise
    finally:
        for each in (process.stdin, process.stdout, process.stderr):
            if each:
                each.close()


def _converse(
    process: subprocess.Popen[bytes], said: bytes, streams: tuple[_Stream, _Stream], deadline: float
) -> Iterator[_Stream]:
    """Write ``said`` and read both streams to their ends. Yield a stream each time something was read from it.

    Raises:
        TimeoutError: a stream has not ended at the deadline (a moment of the monotonic clock).
    """
    assert process.stdin and process.stdout and process.stderr  # noqa: S101 (asked for above)
    rest = memoryview(said)
    with selectors.DefaultSelector() as waiting:
        for pipe, stream in zip((process.stdout, process.stderr), streams, strict=True):
            waiting.register(pipe, selectors.EVENT_READ, stream)
        if rest:
            waiting.register(process.stdin, selectors.EVENT_WRITE)
        else:
            process.stdin.close()
        while waiting.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            for key, _ in waiting.select(left):
                if key.data is None:
                    try:
                        # No more than a pipe that is ready takes at once, or the write would wait for the reader.
                        rest = rest[os.write(key.fd, rest[: select.PIPE_BUF]) :]
                    except BrokenPipeError:
                        rest = rest[:0]
                    if not rest:
                        waiting.unregister(process.stdin)
                        process.stdin.close()
                elif chunk := os.read(key.fd, CHUNK):
                    key.data.take(chunk)
                    yield key.data
                else:
                    waiting.unregister(key.fileobj)


def _told(argv: Sequence[str]) -> str:
    return shlex.join(word for word in argv if not word.startswith("LAB_"))[:60]


def require_answer(program: str, seconds: float) -> None:
    """Ask the engine behind a program, if there is one, for its version.

    Raises:
        SilentError: it does not even tell that within ``seconds``.
    """
    if program in ENGINES:
        engine, question = ENGINES[program]
        if answer(question, seconds) is None:
            raise SilentError(engine, seconds)


def answer(question: Sequence[str], seconds: float, root: Sequence[str] = ()) -> bool | None:
    """Return True if a question to an engine succeeds, None without an answer. ``root`` is put before the question."""
    # By timeout(1): this user cannot end a program that became root.
    limited = ["timeout", "--kill-after=1", f"{seconds:g}", *question]
    status = subprocess.run([*root, *limited], stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode
    return None if status in (124, 137, -signal.SIGKILL) else status == 0
