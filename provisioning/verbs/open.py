"""Open the page."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import click

from provisioning import environment
from provisioning.page.access import PAGE, Access, file_of, recall
from provisioning.private import write_private
from provisioning.scenario.load import folder_of
from provisioning.settings import Settings, load_settings

ANSWER = 2.0
"""Seconds in which a server that runs answers."""


Serve = Callable[[list[socket.socket], Access, Callable[[], None]], Coroutine[Any, Any, None]]
"""Serves a page at sockets until a signal comes, and calls what it is given once the page can be opened."""


def serve_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a verb that serves a page."""
    for option in (
        click.option("--no-browser", is_flag=True, help="Only print the link."),
        click.option("--host", default="127.0.0.1", show_default=True, help="Serve at this address of the host."),
        click.option(
            "--port", type=click.IntRange(1, 65535), help="Serve at this port. Default: the last one, or a free one."
        ),
    ):
        command = option(command)
    return command


@click.command("open")
@click.argument("scenario_name", metavar="[SCENARIO]", default="")
@serve_options
def open_(scenario_name: str, port: int | None, host: str, no_browser: bool) -> None:
    """Open a scenario in the browser: lesson, evidence, tasks and terminals.

    The link holds a secret: whoever has it has a shell on this machine. The server ends with Ctrl-C; machines stay up.

    \b
    Example: python3 lab.py open scenario-3
    """
    # Its package is there when the verb runs, but not when somebody asks for help.
    from provisioning.page.server import serve

    settings = load_settings()
    if scenario_name:
        folder_of(settings.scenarios, scenario_name)
    if serve_page(settings, partial(serve, settings), f"/{scenario_name}", host, port, not no_browser):
        click.echo("\nThe page is closed. Machines that are up stay up; the same link works again after: lab.py open")


def serve_page(
    settings: Settings, serve: Serve, path: str, host: str, port: int | None, shows: bool, page: str = PAGE
) -> bool:
    """Serve a page until Ctrl-C and tell its link. Return False where a server of its own runs already: only tell it.

    ``page`` is as in :func:`provisioning.page.access.file_of`.

    Raises:
        HostError: the address cannot be taken.
    """
    from provisioning.page.server import bind

    last = recall(settings, page)
    if last and port in (None, last.port) and _runs(host, last.port, last.token):
        _tell(settings, page, Access(host, last.port, last.token).link(path), shows)
        return False
    sockets, access = bind(settings, host, port or 0, page)
    asyncio.run(serve(sockets, access, lambda: _tell(settings, page, access.link(path), shows, ends=True)))
    return True


def _runs(host: str, port: int, token: str) -> bool:
    """Return True if this lab's own server answers there."""
    asking = f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: lab-{port}={token}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((host, port), ANSWER) as connection:
            connection.settimeout(ANSWER)
            connection.sendall(asking.encode())
            return connection.recv(64).startswith(b"HTTP/1.1 200 ")
    except OSError:
        return False


def _tell(settings: Settings, page: str, link: str, shows: bool, *, ends: bool = False) -> None:
    """Print the link, and show it in the browser where there is a desktop."""
    click.echo(f"The page: {link}")
    if ends:
        click.echo("It is served until you press Ctrl-C.")
    if shows and (program := _browser()):
        _show(settings, page, program, link)


def _browser() -> str:
    """Return the program that opens a file in the user's browser; nothing if there is no desktop."""
    exported = environment.ORIGINAL
    if exported.get("WSL_DISTRO_NAME") and (found := shutil.which("wslview", path=exported.get("PATH"))):
        return found
    desktop = exported.get("DISPLAY") or exported.get("WAYLAND_DISPLAY")
    return (shutil.which("xdg-open", path=exported.get("PATH")) or "") if desktop else ""


def _show(settings: Settings, page: str, program: str, link: str) -> None:
    """Show the link by way of a file: other users see what stands on a command line."""
    file = file_of(settings, page).with_suffix(".html")
    write_private(file, f'<!doctype html><meta http-equiv="refresh" content="0; url={link}">\n'.encode())
    subprocess.Popen(
        [program, os.fspath(file)],
        env=dict(environment.ORIGINAL),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
