"""Open the page."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess

import click

from provisioning import environment
from provisioning.page.access import Access, file_of, recall, write_private
from provisioning.scenario.load import folder_of
from provisioning.settings import Settings, load_settings

ANSWER = 2.0
"""Seconds in which a server that runs answers."""


@click.command("open")
@click.argument("scenario_name", metavar="[SCENARIO]", default="")
@click.option("--port", type=click.IntRange(1, 65535), help="Serve at this port. Default: the last one, or a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Serve at this address of the host.")
@click.option("--no-browser", is_flag=True, help="Only print the link.")
def open_(scenario_name: str, port: int | None, host: str, no_browser: bool) -> None:
    """Open a scenario in the browser: lesson, evidence, tasks and terminals.

    The link holds a secret: whoever has it has a shell on this machine. The server ends with Ctrl-C; machines stay up.

    \b
    Example: python3 lab.py open scenario-3
    """
    # Its package is there when the verb runs, but not when somebody asks for help.
    from provisioning.page.server import bind, serve

    settings = load_settings()
    if scenario_name:
        folder_of(settings.scenarios, scenario_name)
    last = recall(settings)
    if last and port in (None, last.port) and _runs(host, last.port, last.token):
        _tell(settings, Access(host, last.port, last.token).link(f"/{scenario_name}"), not no_browser)
        return
    sockets, access = bind(settings, host, port or 0)
    link = access.link(f"/{scenario_name}")
    asyncio.run(serve(settings, sockets, access, lambda: _tell(settings, link, not no_browser, ends=True)))
    click.echo("\nThe page is closed. Machines that are up stay up; the same link works again after: lab.py open")


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


def _tell(settings: Settings, link: str, shows: bool, *, ends: bool = False) -> None:
    """Print the link, and show it in the browser where there is a desktop."""
    click.echo(f"The page: {link}")
    if ends:
        click.echo("It is served until you press Ctrl-C.")
    if shows and (program := _browser()):
        _show(settings, program, link)


def _browser() -> str:
    """Return the program that opens a file in the user's browser; nothing if there is no desktop."""
    exported = environment.ORIGINAL
    if exported.get("WSL_DISTRO_NAME") and (found := shutil.which("wslview", path=exported.get("PATH"))):
        return found
    desktop = exported.get("DISPLAY") or exported.get("WAYLAND_DISPLAY")
    return (shutil.which("xdg-open", path=exported.get("PATH")) or "") if desktop else ""


def _show(settings: Settings, program: str, link: str) -> None:
    """Show the link by way of a file: other users see what stands on a command line."""
    file = file_of(settings).with_name("page.html")
    write_private(file, f'<!doctype html><meta http-equiv="refresh" content="0; url={link}">\n'.encode())
    subprocess.Popen(
        [program, os.fspath(file)],
        env=dict(environment.ORIGINAL),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
