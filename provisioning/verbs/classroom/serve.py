"""Serve the learners' pages."""

from __future__ import annotations

import asyncio
import ipaddress
import math
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from typing import TextIO

import click

from provisioning.errors import HostError, UsageError
from provisioning.seats.door import Doors
from provisioning.seats.engine import Engine, connect
from provisioning.seats.idle import USUAL, Idle
from provisioning.seats.keeper import Keeper, Porter, channel
from provisioning.seats.links import Links
from provisioning.seats.serving import Serving, Wish, checked_name, names_of_host
from provisioning.seats.tls import Certificate
from provisioning.settings import REPOSITORY, Settings, load_settings

PORT = 8443


@click.command()
@click.option("--address", default="", help="Listen at this address of the host. Default: at all of them.")
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="Listen at this port.")
@click.option(
    "--name",
    "host_names",
    multiple=True,
    help="What learners call this host, a name or an address; the first stands in links. Default: its address.",
)
@click.option("--certificate", default="", help="Your certificate, in PEM. Default: one that is made here and kept.")
@click.option("--key", default="", help="The key of your certificate.")
@click.option(
    "--idle",
    metavar="MINUTES",
    type=click.FloatRange(min=0),
    default=USUAL,
    show_default=True,
    help="Suspend a seat when nobody was active in it for so long; 0 for never.",
)
@click.option("--foreground", is_flag=True, help="Serve in this terminal until Ctrl-C, such as in a service of yours.")
@click.option("--stop", is_flag=True, help="End it: no page is served any more.")
def serve(
    address: str,
    port: int,
    host_names: tuple[str, ...],
    certificate: str,
    key: str,
    idle: float,
    foreground: bool,
    stop: bool,
) -> None:
    """Serve each learner's page to the network, at one address and port, by link and token, over TLS.

    Seats are suspended when nobody is active in them for long, and soon after the end of the class: the learner is
    warned, and loses nothing.

    It goes on when the terminal is closed, until `class down`. After a restart of this host, `class up` or this verb
    starts it again. Repeat it with other options to change them; links and certificate stay.

    \b
    Example: python3 lab.py class serve
             python3 lab.py class serve --name lab.example.org --certificate lab.pem --key lab.key
    """
    if not math.isfinite(idle):
        raise UsageError(f"--idle takes a number of minutes, not {idle}.", "Give --idle 0 to suspend no seat.")
    settings = load_settings()
    engine, serving = connect(settings), Serving(settings)
    if stop:
        click.echo("It is ended: no page is served." if serving.stop() else "No page was served.")
        return
    if bool(certificate) != bool(key):
        raise UsageError("A certificate and its key belong together.", "Give --certificate and --key, or neither.")
    address = _address(address)
    wish = Wish(
        address=address,
        port=port,
        names=tuple(map(checked_name, host_names)) or ((address,) if address else names_of_host()[:1]),
        certificate=str(Path(certificate).absolute()) if certificate else "",
        key=str(Path(key).absolute()) if key else "",
        idle=idle,
    )
    shown = serving.certificate(wish)
    shown.context()
    if foreground:
        _serve(settings, engine, serving, wish, shown)
        return
    before = serving.wish() if serving.process() else None
    if before != wish:
        serving.stop()
        try:
            start(serving, wish)
        except HostError:
            if before:
                start(serving, before)
            raise
    tell(wish, shown)


def _address(given: str) -> str:
    try:
        return str(ipaddress.ip_address(given)) if given else ""
    except ValueError as error:
        raise UsageError(f"{given[:80]!r} is no address.", "See this host's addresses with: ip address") from error


def start(serving: Serving, wish: Wish) -> None:
    """Have the gate run in a session of its own, and wait until it can be asked.

    Raises:
        HostError: it cannot run, for the reason that it gave.
    """
    given = ["--address", wish.address, "--port", str(wish.port), *(w for name in wish.names for w in ("--name", name))]
    given += ["--certificate", wish.certificate, "--key", wish.key, "--idle", str(wish.idle)]
    program = [sys.executable, "-I", str(REPOSITORY / "lab.py"), "class", "serve", "--foreground", *given]
    serving.log.parent.mkdir(parents=True, exist_ok=True)
    with serving.log.open("wb") as log:
        process = subprocess.Popen(
            program, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True, cwd="/"
        )
    assert process.stdout  # noqa: S101 (asked for above)
    if not process.stdout.read():  # its end: the gate serves, or has ended
        process.wait()
        what, _, cure = serving.log.read_text(errors="replace").rpartition("✘ ")[2].strip().partition("\n")
        raise HostError(what or "The page of the class ended at once.", cure.strip() or f"See {serving.log}.")


def revive(serving: Serving) -> None:
    """Start the gate again if it was asked for and has ended, as with this host.

    Raises:
        HostError: it cannot run.
    """
    wish = serving.wish()
    if wish and not serving.process():
        start(serving, wish)


def _serve(settings: Settings, engine: Engine, serving: Serving, wish: Wish, shown: Certificate) -> None:
    """Be the gate: a keeper, which is this process, and a porter, which it starts and which has no rights."""
    # Its package is there when the verb runs, but not when somebody asks for help.
    from provisioning.page import gate

    def ready() -> None:
        serving.keep(wish)
        tell(wish, shown)
        sys.stdout.flush()
        if not sys.stdout.isatty():  # whoever started it reads to the end of this
            _lead_nowhere(sys.stdout)

    empty = settings.run / "empty"
    empty.mkdir(mode=0o711, parents=True, exist_ok=True)
    with serving.held():
        sockets, context, (end, other) = gate.listen(wish), shown.context(), channel()
        porter = os.fork()
        if not porter:
            try:
                end.close()
                _lead_nowhere(sys.stdout)
                at = gate.Gate(wish, names_of_host(), Porter(other))
                asyncio.run(gate.serve(at, sockets, context, empty))
            except Exception:
                traceback.print_exc()
            finally:
                os._exit(0)
        for each in (other, *sockets):
            each.close()
        try:
            idle = Idle(settings, engine, 60 * wish.idle)
            asked = asyncio.run(Keeper(end, Links(serving.folder), Doors(engine), idle).keep(ready))
        finally:
            end.close()
            os.kill(porter, signal.SIGKILL)  # it has nothing to put in order
            os.waitpid(porter, 0)
    if not asked:
        raise HostError("What speaks with the learners' browsers ended.", f"Repeat the command; see {serving.log}.")


def _lead_nowhere(stream: TextIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def tell(wish: Wish, shown: Certificate) -> None:
    """Tell what is open, and how learners know that it is this host."""
    where = wish.address or "every address of this host"
    click.echo(f"Learners' pages are served at {wish.origin}/ until `class down`; each opens by its own link.")
    click.echo(f"Open to the network: TCP port {wish.port} at {where}, and nothing else of the class.")
    if not wish.certificate:
        click.echo("The certificate is made here, so browsers warn once. SHA-256, for learners to compare:")
        click.echo(f"  {shown.fingerprint}")
    click.echo("Links: python3 lab.py class links")
