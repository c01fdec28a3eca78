"""The gate of a class as a process of this host: how it was asked for, whether it runs, and its end."""

from __future__ import annotations

import fcntl
import ipaddress
import json
import os
import re
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import msgspec

from provisioning.errors import BusyError, UsageError
from provisioning.machines.command import run
from provisioning.private import write_private
from provisioning.seats import tls
from provisioning.seats.grades import class_folder
from provisioning.seats.idle import USUAL
from provisioning.seats.links import Links
from provisioning.seats.tls import Certificate
from provisioning.settings import Settings

HTTPS = 443
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
"""A part of a host's name."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How the gate was asked for."""

    address: str
    """Of this host, at which it listens; empty for all of them."""
    port: int
    names: tuple[str, ...]
    """What learners may call this host; the first one stands in their links."""
    certificate: str = ""
    """A file of the instructor's; empty for the certificate that is made here."""
    key: str = ""
    idle: float = USUAL
    """Minutes of silence after which a seat is suspended; 0 for never."""

    @property
    def origin(self) -> str:
        """How every link begins, such as ``https://192.0.2.7:8443``."""
        return f"https://{authority(self.names[0], self.port)}"

    def link(self, token: str) -> str:
        """Return a learner's link."""
        return f"{self.origin}/?token={token}"


def authority(name: str, port: int) -> str:
    """Return host and port as a browser writes them.

    >>> authority("192.0.2.7", 8443), authority("fd00::2", 443)
    ('192.0.2.7:8443', '[fd00::2]')
    """
    host = f"[{name}]" if ":" in name else name
    return host if port == HTTPS else f"{host}:{port}"


class Serving:
    """The gate of a lab's class, whether it runs or not."""

    def __init__(self, settings: Settings) -> None:
        self.folder = class_folder(settings)
        self.log = settings.run / "logs" / "gate.log"
        self._wish = self.folder / "gate.json"
        self._certificates = self.folder / "tls"
        self._lock = self.folder / "gate.lock"

    def wish(self) -> Wish | None:
        """Return how the gate was asked for last; None if nobody asked, or it was ended."""
        try:
            return msgspec.json.decode(self._wish.read_bytes(), type=Wish)
        except FileNotFoundError:
            return None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the gate for as long as the block goes on.

        Raises:
            BusyError: another process is.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock.open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BusyError(
                    "The page of this class is served.", "End it: python3 lab.py class serve --stop"
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def keep(self, wish: Wish) -> None:
        """Keep how the gate was asked for, so that `class up` starts it again."""
        write_private(self._wish, msgspec.json.encode(wish))

    def certificate(self, wish: Wish) -> Certificate:
        """Return the instructor's certificate, else this host's own, which is made if need be.

        Raises:
            HostError: it cannot be made.
        """
        if wish.certificate:
            return Certificate(Path(wish.certificate), Path(wish.key))
        return tls.own(self._certificates, [*wish.names, os.uname().nodename.lower(), "localhost"])

    def forget(self) -> None:
        """Remove the certificate that was made here, and all links."""
        Links(self.folder).forget()
        shutil.rmtree(self._certificates, ignore_errors=True)

    def process(self) -> int:
        """Return the process that is the gate; 0 if none is."""
        try:
            with self._lock.open() as lock:
                return 0 if _free(lock) else int(lock.read() or 0)
        except FileNotFoundError:
            return 0

    def stop(self) -> bool:
        """End the gate, and wait for its end. Return True if it ran. From now on nobody wants it."""
        self._wish.unlink(missing_ok=True)
        ran = False
        with suppress(FileNotFoundError, ProcessLookupError), self._lock.open() as lock:
            if number := int(lock.read() or 0):
                process = os.pidfd_open(number)
                try:
                    if not _free(lock):  # it is the gate: it held the lock after its number was taken up
                        ran = True
                        signal.pidfd_send_signal(process, signal.SIGTERM)
                        fcntl.flock(lock, fcntl.LOCK_EX)
                finally:
                    os.close(process)
        return ran


def _free(lock: IO[str]) -> bool:
    """Return True if nobody holds the lock."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(lock, fcntl.LOCK_UN)
    return True


def names_of_host() -> tuple[str, ...]:
    """Return what this host may be called: first the address by which it reaches others, then all it has, its name."""
    found = json.loads(run(["ip", "-json", "address"]).stdout or "[]")
    addresses = [each["local"] for link in found for each in link["addr_info"] if each["scope"] != "link"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking, suppress(OSError):
        asking.connect(("192.0.2.1", 9))  # nothing is sent: the kernel tells by which address it would be
        addresses.insert(0, asking.getsockname()[0])
    return tuple(dict.fromkeys((*addresses, os.uname().nodename.lower(), "localhost")))


def checked_name(name: str) -> str:
    """Return a name, or an address, of this host as browsers write it.

    Raises:
        UsageError: no host can have it.

    >>> checked_name("Lab.Example.org"), checked_name("FD00::2")
    ('lab.example.org', 'fd00::2')
    """
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        if len(name) <= 253 and all(LABEL.fullmatch(label) for label in name.lower().split(".")):
            return name.lower()
    raise UsageError(
        f"{name[:80]!r} is neither a host's name nor an address.", "Give it without https:// and without a port."
    )
