"""A learner's browser, as far as a class's gate is asked by one: TLS, cookies, WebSockets."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import ssl
import time
from collections.abc import Mapping
from http.cookies import SimpleCookie
from pathlib import Path
from typing import NamedTuple

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.engine.conftest import PATIENCE


class Answer(NamedTuple):
    """What the gate answered."""

    status: int
    headers: Mapping[str, str]
    text: str


class Learner:
    """Somebody on the network, whose browser trusts the class's certificate and no other."""

    def __init__(self, link: str, certificate: Path) -> None:
        found = re.fullmatch(r"https://([\d.]+:\d+)(/\?token=\S+)", link)
        assert found, link
        self.authority, self.way_in = found[1], found[2]
        self.tls = ssl.create_default_context(cafile=str(certificate))
        self.cookie = ""

    @property
    def origin(self) -> str:
        return f"https://{self.authority}"

    def ask(self, path: str, told: object = None, *, method: str = "", **headers: str) -> Answer:
        """Ask once; ``told`` is sent as a page does it. Headers are written with ``_`` for ``-``."""
        method = method or ("GET" if told is None else "POST")
        sent = {"Cookie": self.cookie, **({"Origin": self.origin} if method != "GET" else {})}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPSConnection(self.authority, context=self.tls, timeout=PATIENCE)
        try:
            connection.putrequest(method, path, skip_host="Host" in sent, skip_accept_encoding=True)
            body = b"" if told is None else json.dumps(told).encode()
            for name, value in {**sent, "Content-Length": str(len(body))}.items():
                if value:
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read().decode(errors="replace"))
        finally:
            connection.close()

    def enter(self) -> Answer:
        """Follow the link; keep the cookie that it brings."""
        answer = self.ask(self.way_in)
        kept = SimpleCookie(answer.headers.get("Set-Cookie", ""))
        self.cookie = "; ".join(f"{name}={each.value}" for name, each in kept.items())
        return answer

    def page(self, path: str = "/") -> Answer:
        """Ask as a browser does that heeds what a page says: look again, or go elsewhere."""
        until = time.monotonic() + PATIENCE
        answer = self.ask(path)
        while answer.status in (302, 503) and time.monotonic() < until:
            if answer.status == 302:
                path = answer.headers["Location"]
            else:
                time.sleep(float(answer.headers["Refresh"]))
            answer = self.ask(path)
        return answer

    def type_in_terminal(self, scenario: str, machine: str, line: str, until: str) -> str:
        """Type a line into a new terminal of the page. Return what it shows, up to the pattern ``until``."""
        made = self.ask(f"/terminals/{scenario}", {"machine": machine})
        assert made.status == 200, made
        number = json.loads(made.text)["id"]
        try:
            return self.type_in(number, line, until)
        finally:
            self.ask(f"/terminals/{scenario}", {"id": number}, method="DELETE")

    def type_in(self, terminal: str, line: str, until: str) -> str:
        """Type a line into a terminal that is open. Return as :meth:`type_in_terminal` does."""
        return asyncio.run(self._type(f"/terminal/{terminal}", line, until))

    async def _type(self, path: str, line: str, until: str) -> str:
        window = await self.window(path)
        shown = ""
        try:
            await window.write_message(json.dumps({"size": [80, 24]}))
            await window.write_message(f"{line}\r".encode(), binary=True)
            async with asyncio.timeout(PATIENCE):
                while not re.search(until, shown):
                    said = await window.read_message()
                    assert said is not None, f"the gate hung up; the terminal showed {shown!r}"
                    if isinstance(said, bytes):
                        shown += said.decode(errors="replace")
        except TimeoutError:
            raise AssertionError(f"the terminal shows {shown!r}") from None
        finally:
            window.close()
        return shown

    async def window(self, path: str, **headers: str) -> WebSocketClientConnection:
        """Open a WebSocket."""
        sent = {"Cookie": self.cookie, "Origin": self.origin, **headers}
        return await websocket_connect(HTTPRequest(f"wss://{self.authority}{path}", ssl_options=self.tls, headers=sent))

    def window_status(self, path: str, **headers: str) -> int:
        """Try to open a WebSocket; return the status that refuses it, 101 if it opens."""

        async def tried() -> int:
            try:
                (await self.window(path, **headers)).close()
            except HTTPClientError as error:
                return int(error.code)
            return 101

        return asyncio.run(tried())


async def ended(window: WebSocketClientConnection) -> None:
    """Wait until a WebSocket is closed."""
    async with asyncio.timeout(PATIENCE):
        while await window.read_message() is not None:
            pass
