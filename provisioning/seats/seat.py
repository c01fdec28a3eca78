"""One seat: a host of its own inside the engine, with the lab on it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from provisioning import names
from provisioning.errors import MachineError
from provisioning.machines import Result
from provisioning.machines.command import run
from provisioning.seats.engine import Engine

PROGRAM = "/root/lab"
"""Where the program lies in a seat, with its `.venv`."""
HOME = "/var/lib/lab"
"""LAB_HOME in a seat."""
LAB = "lab"
"""LAB_NAME in a seat."""
BOOT = 120.0
"""Seconds that a seat may take to boot."""

AWAIT = "until [ -S /run/systemd/private ]; do sleep 0.1; done; exec systemctl is-system-running --wait"
"""init tells nobody when it begins to listen; from then on, it tells when it is done."""


@dataclass(frozen=True)
class Seat:
    """An instance that runs. Whoever sits there is root in it."""

    engine: Engine
    name: str

    def exec(self, argv: Sequence[str], *, stdin: str = "", timeout: float = 60.0, limit: int | None = None) -> Result:
        """Run ``argv`` as root in the seat and wait for its end, ``timeout`` seconds at most.

        ``limit`` is as in :func:`provisioning.machines.command.run`.

        Raises:
            MachineError: it did not end in time, or printed too much.
        """
        words = self.engine.words("exec", "--force-noninteractive", self.name, "--", *argv)
        return run(words, stdin=stdin, timeout=timeout, limit=limit, env=self.engine.environment)

    def do(self, *argv: str, timeout: float = 60.0) -> str:
        """Run ``argv`` as root in the seat. Return what it printed.

        Raises:
            MachineError: it failed; the error holds its last line.
        """
        done = self.exec(argv, timeout=timeout)
        if done.status:
            said = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()
            raise MachineError(f"`{' '.join(argv)[:60]}` failed in {self.name}: {' '.join(said[-2:])}", anew(self.name))
        return done.stdout

    def shell_argv(self, *, terminal: bool = True, inside: Sequence[str] = ("bash", "--login")) -> list[str]:
        """Return the command that opens a shell as root in it, or what else is to run ``inside``.

        ``terminal`` is as in :class:`provisioning.machines.Machine`. The engine's client needs its environment.
        """
        told = "--force-interactive" if terminal else "--force-noninteractive"
        # If memory runs out, what is started here is to be killed before the seat's services (hooks/seat.sh).
        choom = ("--", "choom", "-n", "500", "--")
        return self.engine.words("exec", told, "--env", "LANG=C.UTF-8", "--cwd", "/root", self.name, *choom, *inside)

    def suspend(self, why: str) -> None:
        """Have all that runs in it stand still, and note why.

        Raises:
            MachineError: the engine refused.
        """
        self.note(why)
        self.engine.call("pause", self.name)

    def note(self, why: str) -> None:
        """Note why it is suspended.

        Raises:
            MachineError: the engine refused.
        """
        self.engine.call("config", "set", self.name, f"{names.SUSPENDED}={why}")

    def resume(self) -> None:
        """Have it go on that is suspended.

        Raises:
            MachineError: the engine refused.
        """
        self.engine.call("start", self.name)

    def await_boot(self) -> None:
        """Wait until init has started all there is to start.

        Raises:
            MachineError: it takes longer than :data:`BOOT`, or init cannot be asked.
        """
        try:
            done = self.exec(["sh", "-c", AWAIT], timeout=BOOT)
        except MachineError as error:
            raise MachineError(f"{self.name} did not boot within {BOOT:g} s.", anew(self.name)) from error
        if done.stdout.strip() not in ("running", "degraded"):  # one service that failed is no obstacle
            told = done.stdout.strip() or done.stderr.strip() or "nothing"
            raise MachineError(f"{self.name} did not boot: init says {told}.", anew(self.name))

    def lab(self, *argv: str, timeout: float = 900.0) -> str:
        """Run the program in the seat. Return what it printed.

        Raises:
            MachineError: it ended with an error, whose sentence this one holds.
        """
        done = self.exec(["python3", f"{PROGRAM}/lab.py", *argv], timeout=timeout)
        if done.status:
            *before, last = done.stderr.strip().splitlines() or ["it said nothing"]
            said = before[-1] if before and last.startswith("  ") else last  # the cure is one for who sits there
            told = said.strip().removeprefix("✘ ").removeprefix("Error: ")
            raise MachineError(f"`lab.py {' '.join(argv)}` failed in {self.name}: {told}", anew(self.name))
        return done.stdout

    def is_up(self) -> bool:
        """Return True if the program knows of a machine in the seat, whatever its state.

        Raises:
            MachineError: it does not tell.
        """
        told = self.lab("status", "--json")
        try:
            return bool(json.loads(told))
        except ValueError as error:
            raise MachineError(f"The program in {self.name} does not tell what is up.", anew(self.name)) from error

    def sees_itself(self) -> bool:
        """Return False if LXCFS, by which a seat sees its own memory, was started anew since the seat was.

        Raises:
            MachineError: the seat does not answer.
        """
        return "not connected" not in self.exec(["cat", "/proc/meminfo"]).stderr


def anew(seat: str) -> str:
    """Return the cure of a seat that does not work."""
    if seat.endswith(names.of_golden_seat("")):
        return "Repeat the command: the golden seat is made anew, and the seats of learners stay as they are."
    return f"To make it anew, which throws away what is in it: python3 lab.py class reset {seat}"
