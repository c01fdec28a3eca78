"""Look into a terminal of the learner's page, and type in it: a guest's window, in a terminal of the guest's own.

Runs in the seat, where the page's server answers. It is a window like that of a browser, but the size stays the
learner's: it is told to the guest's terminal as xterm is told one (`CSI 8 ; rows ; columns t`).
"""

from __future__ import annotations

import asyncio
import os
import sys
import termios
import tty

import msgspec
from tornado.httpclient import HTTPError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from provisioning.page.access import LOOPBACK, Access, recall
from provisioning.settings import load_settings

ENDED = b"\r\n[the learner's terminal is closed]\r\n"
AFRESH = b"\x1bc"
"""Empties the guest's terminal (xterm's `RIS`)."""


class Told(msgspec.Struct):
    """What a window is told beside the output."""

    at: int | None = None
    anew: bool = False
    preamble: str = ""
    size: tuple[int, int] | None = None
    closed: bool = False


def main(terminal: str) -> int:
    """Join the terminal with that id until it is closed or the guest leaves. Return the exit status."""
    kept = recall(load_settings({}))
    if kept is None:
        sys.stderr.write("The learner's page is not open.\n")
        return 1
    before = termios.tcgetattr(0)
    tty.setraw(0)
    try:
        return asyncio.run(_join(Access(LOOPBACK, kept.port, kept.token), terminal))
    finally:
        termios.tcsetattr(0, termios.TCSANOW, before)


async def _join(access: Access, terminal: str) -> int:
    origin = f"http://{LOOPBACK}:{access.port}"
    headers = {"Cookie": f"{access.cookie}={access.token}", "Origin": origin}
    address = f"ws://{LOOPBACK}:{access.port}/terminal/{terminal}?guest=1"
    try:
        window = await websocket_connect(HTTPRequest(address, headers=headers))
    except (OSError, HTTPError):
        os.write(1, ENDED)
        return 1
    asyncio.get_running_loop().add_reader(0, _typed, window)
    seen = 0
    while (said := await window.read_message()) is not None:
        if isinstance(said, bytes):
            seen += len(said)
            os.write(1, said)
            await window.write_message(msgspec.json.encode({"drawn": seen}).decode())
            continue
        told = msgspec.json.decode(said, type=Told)
        if told.closed:
            break
        if told.at is not None:
            seen = told.at
        if told.anew:
            os.write(1, AFRESH)
        if told.size:
            os.write(1, b"\x1b[8;%d;%dt" % (told.size[1], told.size[0]))
        os.write(1, told.preamble.encode())
    os.write(1, ENDED)
    return 0


def _typed(window: WebSocketClientConnection) -> None:
    try:
        data = os.read(0, 65536)
    except OSError:
        data = b""
    if data:
        window.write_message(data, binary=True)
    else:
        window.close()
