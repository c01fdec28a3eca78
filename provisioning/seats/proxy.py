"""The one way out of a seat: a proxy on this host, which connects to what the instructor allows and to nothing else.

It is tinyproxy, as a user without rights. Seats get neither routes nor names by it: the proxy resolves the name, so a
mirror that moves to another address is reached still. It runs on after `class up`, which starts it again if need be.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from provisioning.errors import HostError, UsageError
from provisioning.seats.engine import SETUP
from provisioning.seats.roster import MOST
from provisioning.settings import Settings

PORT = 3131
"""Where the proxy listens, on the address that this host has in the seats' network. `hooks/seat.sh` tells it to apt."""
CONNECTIONS = 20
"""What a seat may have open at the proxy, so that it does not take those of the others."""
NONE = "none"
"""What is given instead of HOST:PORT to close the way out again."""
PROGRAM = "tinyproxy"
AS_NOBODY = (
    *("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"),
    *("--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--"),
)
START, END = 10.0, 10.0
"""Seconds that the proxy may take to listen, and to end."""
_NAME = re.compile(r"(?=.{1,253}:)(?P<host>[a-z0-9_]([a-z0-9_.-]*[a-z0-9])?):(?P<port>[0-9]{1,5})")


def parse_allowed(wishes: Sequence[str]) -> tuple[str, ...] | None:
    """Return what seats may reach, each as ``host:port``, from what was given; None if nothing was.

    Raises:
        UsageError: it is not that.

    >>> parse_allowed(["Deb.Debian.org:80", "deb.debian.org:80"]), parse_allowed(["none"]), parse_allowed([])
    (('deb.debian.org:80',), (), None)
    """
    if not wishes:
        return None
    if list(wishes) == [NONE]:
        return ()
    for wish in wishes:
        found = _NAME.fullmatch(wish.lower())
        if not found or not 1 <= int(found["port"]) <= 65535 or found["port"].startswith("0"):
            raise UsageError(f"{wish!r} is no HOST:PORT that seats can be let to.", "Such as: deb.debian.org:80")
    return tuple(sorted({wish.lower() for wish in wishes}))


def filters(allowed: Sequence[str]) -> str:
    """Return what the proxy lets pass: regular expressions for the address of a request, and for CONNECT's host:port.

    >>> print(filters(["deb.debian.org:80"]), end="")
    ^deb\\.debian\\.org:80$
    ^http://deb\\.debian\\.org:80/
    ^http://deb\\.debian\\.org/
    """
    lines = []
    for each in allowed:
        host, _, port = each.partition(":")
        host = re.escape(host).replace(r"\-", "-")
        lines += [f"^{host}:{port}$", f"^http://{host}:{port}/"]
        lines += [f"^http://{host}/"] if port == "80" else []
    return "".join(f"{line}\n" for line in lines)


def configuration(address: ipaddress.IPv4Address, filter_file: Path) -> str:
    """Return the proxy's settings. It writes no log, as seats could fill the disk by it."""
    lines = (
        f"Listen {address}",
        f"Port {PORT}",
        f"MaxClients {MOST * CONNECTIONS}",
        "Timeout 120",
        "LogLevel Critical",
        'ViaProxyName "lab"',
        f'Filter "{filter_file}"',
        "FilterURLs On",
        "FilterDefaultDeny Yes",
    )
    return "".join(f"{line}\n" for line in lines)


def serve(settings: Settings, address: ipaddress.IPv4Address, allowed: Sequence[str]) -> None:
    """Have the proxy run that lets through to what is allowed, and no other proxy of this class.

    Raises:
        HostError: it is not installed, or does not start.
    """
    folder = _folder(settings)
    rules = filters(allowed)
    filter_file = folder / f"{_digest(rules)}.filter"
    told = configuration(address, filter_file)
    config = folder / f"{_digest(told)}.conf"
    running = dict(_running(settings))
    for number, with_config in running.items():
        if not allowed or with_config != config:
            _end(number)
    if not allowed or config in running.values():
        return
    if shutil.which(PROGRAM) is None:
        raise HostError(f"The program {PROGRAM!r}, which lets seats reach what they may, is not installed.", SETUP)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o755, parents=True)
    for file, content in ((filter_file, rules), (config, told)):
        file.write_text(content)
        file.chmod(0o644)  # for nobody, as whom it runs
    process = subprocess.Popen(
        [*AS_NOBODY, PROGRAM, "-d", "-c", str(config)],
        # Without the lab's own variables: what bears them ends with the verb that started it.
        env={"PATH": os.environ.get("PATH", os.defpath)},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + START
    while not _listens(address):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise HostError(
                f"The proxy by which seats reach {', '.join(allowed)} does not start at {address}:{PORT}.",
                f"See who has the port: ss -ltnp 'sport = {PORT}'",
            )
        time.sleep(0.05)  # it tells nobody when it begins to listen


def stop(settings: Settings) -> None:
    """End the class's proxy, if there is one."""
    for number, _ in _running(settings):
        _end(number)
    shutil.rmtree(_folder(settings), ignore_errors=True)


def _folder(settings: Settings) -> Path:
    return settings.run / "proxy"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _running(settings: Settings) -> Iterator[tuple[int, Path]]:
    """Yield the processes that are this class's proxy, each with the file of its settings, by which it is known.

    One of that name in a seat is none: it is in another namespace of processes.
    """
    here = Path("/proc/self/ns/pid").readlink()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            argv = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            ours = Path(argv[0]).name == PROGRAM and (entry / "ns" / "pid").readlink() == here
        except OSError:
            continue  # it ended meanwhile
        config = Path(argv[argv.index("-c") + 1]) if ours and "-c" in argv else None
        if config and config.parent == _folder(settings):
            yield int(entry.name), config


def _listens(address: ipaddress.IPv4Address) -> bool:
    with socket.socket() as asked:
        asked.settimeout(1)
        return asked.connect_ex((str(address), PORT)) == 0


def _end(process: int) -> None:
    """End a process, and wait until it has."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return
    try:
        for number in (signal.SIGTERM, signal.SIGKILL):
            signal.pidfd_send_signal(handle, number)
            if select.select([handle], [], [], END)[0]:
                return
    except ProcessLookupError:
        return
    finally:
        os.close(handle)
