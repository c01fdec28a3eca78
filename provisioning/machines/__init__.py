"""A machine is whatever runs a command: the host, a container, a virtual machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["host", "vm", "container"]


@dataclass(frozen=True)
class Result:
    """What a command left behind.

    >>> Result(0, "6.1.0\\n", "", 0.01).stdout
    '6.1.0\\n'
    """

    status: int
    stdout: str
    stderr: str
    seconds: float
    cut: int = 0
    """Bytes of its output that were left out; a line in the middle of the texts says so."""


class Machine(Protocol):
    """The seam that every step and check goes through: a connection with one job, ``exec``."""

    @property
    def name(self) -> str:
        """The name the scenario gives it, such as ``vm`` or ``web``."""

    @property
    def kind(self) -> Kind:
        """What it is."""

    def exec(self, argv: Sequence[str], *, stdin: str = "", timeout: float = 60.0, limit: int | None = None) -> Result:
        """Run ``argv`` as root in the machine and wait for its end, ``timeout`` seconds at most.

        ``limit`` is as in :func:`provisioning.machines.command.run`.

        Raises:
            MachineError: the machine cannot be reached, or the command did not end in time, or printed too much.
        """

    def shell_argv(self, *, terminal: bool = True) -> list[str]:
        """Return the command that opens a shell in it: in the host's terminal, or one that reads its standard input."""
