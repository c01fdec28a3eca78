"""LXD or Incus of this host, asked through the client program that comes with it.

The client is kept by those who make the engine, brings exec, terminals and image imports with it, and costs no Python
package: pylxd would bring five, is made for LXD alone and has no types. The two clients take the same words.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from provisioning import names
from provisioning.errors import HostError, MachineError
from provisioning.machines import Result
from provisioning.machines.command import bound, run
from provisioning.settings import Settings

SETUP = "Run: python3 lab.py setup --class"
PATIENCE = 900.0
"""Seconds that the engine may take for what it is told to do."""
BUSY = "is busy running a"
"""What the engine says while it still starts or stops the instance, be it by itself, after a start that failed."""
BUSY_FOR = 60.0
"""Seconds that this may last; the engine gives up after thirty."""


@dataclass(frozen=True)
class Product:
    """One of the two engines."""

    name: str
    program: str
    """Its client."""
    sockets: tuple[Path, ...]
    """Where it listens, in the order in which they are tried."""
    variables: tuple[str, str]
    """What tells the client the socket, and the folder of its settings."""


PRODUCTS = (
    Product("Incus", "incus", (Path("/var/lib/incus/unix.socket"),), ("INCUS_SOCKET", "INCUS_CONF")),
    Product(
        "LXD",
        "lxc",
        (Path("/var/lib/lxd/unix.socket"), Path("/var/snap/lxd/common/lxd/unix.socket")),
        ("LXD_SOCKET", "LXD_CONF"),
    ),
)


@dataclass(frozen=True)
class Engine:
    """A connection to the engine, and to the project in it that is a class's own."""

    product: Product
    socket: Path
    lab: str
    """The lab whose class it is."""
    settings: Path
    """The client's folder: the user's own may name another server as the usual one."""

    @property
    def project(self) -> str:
        """The project of the class: what is in it is the class's own."""
        return names.of_class(self.lab)

    @cached_property
    def environment(self) -> dict[str, str]:
        """What the client finds in its environment beside the lab's own."""
        socket, folder = self.product.variables
        return {socket: str(self.socket), folder: str(self.settings)}

    def call(self, *argv: str, stdin: str = "", project: bool = True, timeout: float = PATIENCE) -> str:
        """Run the client with these words. Return what it printed; ``project`` means: in the class's project.

        If the engine is still busy with an instance, wait until it is not.

        Raises:
            MachineError: the engine refused; the error holds its own words.
        """
        deadline = time.monotonic() + BUSY_FOR
        while True:
            done = self.ask(*argv, stdin=stdin, project=project, timeout=timeout)
            if not done.status:
                return done.stdout
            if BUSY not in done.stderr or time.monotonic() > deadline:
                raise self._refusal(argv, done)
            time.sleep(0.2)  # no event tells that the engine has done with what it began by itself

    def ask(self, *argv: str, stdin: str = "", project: bool = True, timeout: float = PATIENCE) -> Result:
        """Run the client as :meth:`call` does, and return how it ended."""
        return run(self.words(*argv, project=project), stdin=stdin, env=self.environment, timeout=timeout)

    def words(self, *argv: str, project: bool = True) -> list[str]:
        """Return the command of the client with these words."""
        return [self.product.program, *(("--project", self.project) if project else ()), *argv]

    def query(self, path: str, method: str = "GET", data: object = None) -> Any:
        """Ask the engine's interface. Return what it answers; of a work that it begins, wait for the end.

        Raises:
            MachineError: the engine refused.
        """
        body = () if data is None else ("--data", json.dumps(data))
        argv = ("query", "--wait", "--request", method, *body, path)
        answer = self.call(*argv, project=False)
        return json.loads(answer) if answer.strip() else None

    def has(self, path: str) -> bool:
        """Return True if there is something at that path of the interface."""
        return self.ask("query", path, project=False).status == 0

    def instances(self, *, depth: int = 1) -> list[dict[str, Any]]:
        """Return the instances of the class, none without its project; with a ``depth`` of 2 also what they use now."""
        if not self.has(f"/1.0/projects/{self.project}"):
            return []
        found: list[dict[str, Any]] = self.query(f"/1.0/instances?recursion={depth}&project={self.project}")
        return found

    def feed(self, instance: str, argv: Sequence[str], producer: Sequence[str]) -> None:
        """Run ``argv`` in an instance, with what ``producer``, a program of this host, prints as its standard input.

        Raises:
            MachineError: one of the two failed.
        """
        consumer = self.words("exec", instance, "--", *argv)
        with (
            subprocess.Popen(bound(producer), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as source,
            subprocess.Popen(
                bound(consumer),
                stdin=source.stdout,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={**os.environ, **self.environment},
                text=True,
            ) as sink,
        ):
            assert source.stdout  # noqa: S101 (asked for above)
            source.stdout.close()
            said = sink.communicate()[1]
        if source.returncode or sink.returncode:
            last = (said.strip().splitlines() or ["it said nothing"])[-1]
            raise MachineError(
                f"{instance} did not take what {producer[0]} sent: {last}", "Free disk space, then repeat the command."
            )

    def _refusal(self, argv: Sequence[str], done: Result) -> MachineError:
        said = (done.stderr.strip() or done.stdout.strip() or "it said nothing").removeprefix("Error: ")
        return MachineError(
            f"{self.product.name} refused `{' '.join(argv)[:80]}`: {said}",
            "See what is there with `python3 lab.py class status`, then repeat the command.",
        )


def connect(settings: Settings) -> Engine:
    """Return the engine of this host.

    Raises:
        HostError: the user is not root, or no engine answers.
    """
    if os.geteuid():
        raise HostError("A class belongs to root: who may use its engine is root's equal.", "Repeat it with sudo.")
    folder = settings.run / "class"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for product in PRODUCTS:
        for socket in product.sockets:
            if shutil.which(product.program) and socket.is_socket():
                engine = Engine(product, socket, settings.name, folder)
                if engine.has("/1.0"):
                    return engine
    raise HostError("No LXD or Incus answers on this host.", SETUP)


def set_words(values: Mapping[str, str | int]) -> list[str]:
    """Return settings as the client's words.

    >>> set_words({"limits.processes": 4000})
    ['limits.processes=4000']
    """
    return [f"{name}={value}" for name, value in values.items()]
