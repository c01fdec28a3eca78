"""The gate of a class: the one address that is open to the network. By its cookie it knows whose seat a request is for.

A learner is root in a seat, so the page there may be anything. It is given no secret but its own, and of what it says
only the content reaches a browser, and only the browser that came with that learner's token. This is the part of the
gate that has no rights: see :mod:`provisioning.seats.keeper`.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
import ssl
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.client import responses
from pathlib import Path
from typing import Any
from weakref import WeakSet

import msgspec
from tornado import httpserver, httputil, netutil, web
from tornado.http1connection import HTTP1Connection, HTTP1ConnectionParameters
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream, StreamClosedError
from tornado.websocket import WebSocketProtocol13

from provisioning.errors import HostError
from provisioning.interrupt import ENDING
from provisioning.lesson.texts import LANGUAGES, SOURCE, Catalogue
from provisioning.page.access import HEADERS
from provisioning.page.server import MESSAGE, YEAR
from provisioning.page.view import FOLDER, NAMES, page_words, template
from provisioning.seats.door import PORT, Shut, Why
from provisioning.seats.keeper import Answer, Porter, give_up_rights
from provisioning.seats.links import typed
from provisioning.seats.serving import Wish, authority

INSIDE = f"127.0.0.1:{PORT}"
"""What the page in a seat takes for its own name."""
EACH = 64
"""Connections that one learner may have: forty terminals, and what a browser asks for beside them."""
ALL = 4000
"""Connections that the gate has at most, also of those who have not told who they are."""
IDLE = 75.0
"""Seconds after which a connection is closed by which nothing is asked."""
PATIENCE = 60.0
"""Seconds that the page in a seat may take to answer."""
HEADER = 16 * 2**10
"""Bytes of headers, of a browser or of a seat."""
CHUNK = 64 * 2**10
"""Bytes that are on the way at once, each way of a connection."""
LARGEST = 64 * 2**20
"""Bytes of what a seat answers. It is passed on as it comes."""
AGAIN = 2
"""Seconds after which a page that waits for a seat looks again."""
LOOK = 1.0
"""Seconds between two looks whether links were made anew."""
POLICY = (
    "default-src 'none'; img-src data:; style-src 'nonce-{nonce}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Of the gate's own pages."""
BOUNDS = "default-src 'self' data: 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
"""Of what comes from a seat, beside the policy that it brings: it is shown alone, and reaches no other address."""
PASSED_IN = ("Accept", "Content-Type", "User-Agent")
"""Headers of a browser that a seat is told."""
PASSED_OUT = ("Content-Type", "Content-Length", "Content-Security-Policy")
"""Headers of a seat that a browser is told."""
ELSEWHERE, UNKNOWN, COME_IN, MANY, NOTHING = "elsewhere", "unknown", "come in", "too many", "nothing"
"""Why a request is not passed on, beside what :class:`provisioning.seats.door.Why` tells."""
KEY = re.compile(r"[A-Za-z0-9+/]{22}==")
SWITCHING, UNAUTHORIZED = 101, 401
BYTES = 2
"""The kind of a WebSocket's frame that holds bytes."""
STILL = 4000
"""The code by which a WebSocket ends whose seat is suspended; the reason is that of :class:`~.seats.door.Why`."""
TEMPLATE = template("gate.html.j2")
WORDS = {code: page_words(code) for code in LANGUAGES}
"""Read now: what speaks with the network can read no file."""
NONCE = secrets.token_urlsafe(16)
STYLE = (FOLDER / "page.css").read_text(encoding="utf-8")


class Gate:
    """What all requests share."""

    def __init__(self, wish: Wish, own_names: Iterable[str], porter: Porter) -> None:
        self.porter = porter
        self.authorities = {authority(name, wish.port) for name in (*wish.names, *own_names)}
        self.cookie = f"__Host-lab-{wish.port}"
        """Browsers take a cookie of such a name from this host alone, and keep it from scripts. Two ports are two."""
        self.open: Counter[str] = Counter()
        """Connections, by learner."""
        self.tunnels: defaultdict[str, set[IOStream]] = defaultdict(set)
        """WebSockets, by token."""
        self.typing: set[str] = set()
        """Tokens by which somebody typed since the last look."""

    def refusal(self, host: str, origin: str | None, *, changes: bool) -> bool:
        """Return True if a request is refused by where it comes from: see ``page.access.Access.refusal``."""
        if host not in self.authorities:
            return True
        return changes if origin is None else origin != f"https://{host}"

    async def look(self) -> None:
        """Close what was opened by a token that opens nothing any more, or leads to a seat that is suspended."""
        while True:
            await asyncio.sleep(LOOK)
            with suppress(Shut):
                for token, streams in list(self.tunnels.items()):
                    answer = await self.porter.ask(token, active=token in self.typing)
                    self.typing.discard(token)
                    for stream in list(streams) if answer.why or not answer.holder else ():
                        if answer.why:
                            with suppress(StreamClosedError):
                                stream.write(farewell(answer.why.value))
                        stream.close()
                    if not streams:
                        del self.tunnels[token]


class _Request(web.RequestHandler):
    """Whatever a browser asks for."""

    SUPPORTED_METHODS = ("GET", "HEAD", "POST", "DELETE")

    def initialize(self, gate: Gate) -> None:
        self.gate = gate
        self.token = ""
        self.begun = False
        """Whether the browser has been sent some of an answer."""

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.set_header("Cache-Control", "private, no-store")  # the next learner may sit at this browser

    @property
    def language(self) -> str:
        """The language that the address names, else the one that was chosen last, else the browser's first."""
        accepted: list[str] = re.findall(r"\b[a-z]{2}\b", self.request.headers.get("Accept-Language", "").lower())
        for wish in (self.get_query_argument("lang", ""), self.get_cookie("lab-language", "") or "", *accepted):
            if wish in LANGUAGES:
                return wish
        return SOURCE

    @property
    def _upgrades(self) -> bool:
        return self.request.headers.get("Upgrade", "").lower() == "websocket"

    async def prepare(self) -> None:
        headers = self.request.headers
        changes = self._upgrades or self.request.method not in ("GET", "HEAD")
        # A page of a seat must not leave a program in the browser that answers for the next learner.
        if self.gate.refusal(self.request.host, headers.get("Origin"), changes=changes) or "Service-Worker" in headers:
            self.tell(403, ELSEWHERE)
        elif self.request.path == "/" and self.request.method == "POST":
            await self.enter(self.get_body_argument("token", ""))
        elif self.request.path == "/" and self.get_query_argument("token", ""):
            await self.enter(self.get_query_argument("token"))
        else:
            self.token = self.get_cookie(self.gate.cookie, "") or ""

    async def enter(self, given: str) -> None:
        """Let a learner in, whose browser keeps the token from now on."""
        token = typed(given)
        if not await self._holder(token):
            self.tell(401, UNKNOWN)
            return
        # It goes with the browser's end, as the next learner may sit there.
        self.set_cookie(self.gate.cookie, token, path="/", secure=True, httponly=True, samesite="Strict")
        # A page of ours leads on, as a browser that comes by a link of another site does not send a strict cookie.
        self.set_header("Refresh", "0; url=/")
        self.finish('<!doctype html><title>lab</title><link rel="icon" href="data:,">')

    async def get(self) -> None:
        """Show a learner what the page in the seat has there."""
        await self._pass_on()

    head = post = delete = get

    async def _holder(self, token: str) -> str:
        try:
            return await self.gate.porter.holder(token) if token else ""
        except Shut:
            return ""

    async def _pass_on(self) -> None:
        holder = await self._holder(self.token)
        if not holder:
            self.tell(401, COME_IN)
            return
        if self.gate.open[holder] >= EACH:
            self.tell(503, MANY)
            return
        self.gate.open[holder] += 1
        try:
            if not await self._reach(refused=False):
                await self._reach(refused=True)
        except Shut as shut:
            self.tell(503, shut.why.value)
        except (OSError, httputil.HTTPInputError):  # also a seat that is late, or hangs up
            if self.begun:
                self._hang_up()
            else:
                self.tell(503, Why.SILENT.value)
        finally:
            self.gate.open[holder] -= 1

    async def _reach(self, *, refused: bool) -> bool:
        """Ask the page in the seat. Return False if it does not know the token that the seat keeps.

        Raises:
            Shut: it cannot be reached now.
            OSError: it hangs up.
        """
        seat, connection = await self.gate.porter.connect(self.token, refused=refused, active=not self._upgrades)
        stream = IOStream(connection, max_buffer_size=MESSAGE, read_chunk_size=CHUNK)
        try:
            if self.request.uri == "/" and len(seat.scenarios) == 1:
                self.redirect(f"/{seat.scenarios[0]}")  # a list of one
                return True
            return await (self._tunnel if self._upgrades else self._fetch)(stream, seat)
        finally:
            stream.close()

    def _hang_up(self) -> None:
        """End an answer in the midst, so that the browser does not take it for a whole one."""
        if isinstance(self.request.connection, HTTP1Connection):
            self.request.connection.close()

    def _asked(self, seat: Answer) -> httputil.HTTPHeaders:
        """Return the headers that a seat is told: nothing by which the class knows a learner."""
        told = httputil.HTTPHeaders({"Host": INSIDE, "X-Forwarded-Host": self.request.host, "Connection": "close"})
        told["Cookie"] = f"lab-{PORT}={seat.opens}; lab-language={self.language}"
        if "Origin" in self.request.headers:
            told["Origin"] = f"http://{INSIDE}"
        for name in PASSED_IN:
            if name in self.request.headers:
                told[name] = self.request.headers[name]
        return told

    async def _fetch(self, stream: IOStream, seat: Answer) -> bool:
        """Ask the page in a seat, and send on what it answers. Return False if it does not know the token."""
        limits = HTTP1ConnectionParameters(
            no_keep_alive=True,
            chunk_size=CHUNK,
            max_header_size=HEADER,
            header_timeout=PATIENCE,
            body_timeout=PATIENCE,
            max_body_size=LARGEST,
        )
        asking, answer = HTTP1Connection(stream, True, limits), _Relay(self, stream)
        headers = self._asked(seat)
        headers["Content-Length"] = str(len(self.request.body))
        line = httputil.RequestStartLine(str(self.request.method), str(self.request.uri), "HTTP/1.1")
        asking.write_headers(line, headers, self.request.body)
        asking.finish()
        await asking.read_response(answer)
        if not answer.known:
            return False
        if not answer.whole:
            raise StreamClosedError
        self.finish()
        return True

    def take(self, status: int, headers: httputil.HTTPHeaders) -> None:
        """Take over what a seat says of its answer."""
        self.begun = True
        self.set_status(status, responses.get(status, "Unknown"))
        for name in PASSED_OUT:
            if name in headers:
                self.set_header(name, headers[name])
        self.add_header("Content-Security-Policy", BOUNDS)
        if self.get_query_argument("lang", "") in LANGUAGES:
            self.set_cookie("lab-language", self.language, samesite="Strict", secure=True, max_age=YEAR)

    async def _tunnel(self, stream: IOStream, seat: Answer) -> bool:
        """Connect a WebSocket with the page in a seat, until one of the two ends. Return as :meth:`_fetch` does."""
        key = self.request.headers.get("Sec-WebSocket-Key", "")
        if not KEY.fullmatch(key) or self.request.method != "GET":
            self.tell(400, NOTHING)
            return True
        headers = self._asked(seat)
        headers.update({"Connection": "Upgrade", "Upgrade": "websocket"})
        headers.update({"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key})
        lines = [f"GET {self.request.uri} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.get_all())]
        await stream.write("\r\n".join((*lines, "", "")).encode())
        answer = await asyncio.wait_for(stream.read_until(b"\r\n\r\n", max_bytes=HEADER), PATIENCE)
        status = httputil.parse_response_start_line(answer.partition(b"\r\n")[0].decode("latin-1")).code
        if status != SWITCHING:
            if status != UNAUTHORIZED:
                self.tell(404, NOTHING)
            return status != UNAUTHORIZED
        self.begun = True
        browser, tunnels = self.detach(), self.gate.tunnels[self.token]
        tunnels.add(browser)
        try:
            accepted = f"Sec-WebSocket-Accept: {WebSocketProtocol13.compute_accept_value(key)}"
            said = ("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", accepted, "", "")
            await browser.write("\r\n".join(said).encode())
            frames = Frames()

            def heed(sent: bytes) -> None:
                if frames.typed(sent):
                    self.gate.typing.add(self.token)

            ways = {asyncio.create_task(_pipe(stream, browser)), asyncio.create_task(_pipe(browser, stream, heed))}
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            stream.close()
            browser.close()
            await asyncio.wait(ways)
        finally:
            tunnels.discard(browser)
            browser.close()
        return True

    def tell(self, status: int, why: str) -> None:
        """Tell why a request is not answered: in a page, or in JSON where a script asks."""
        self.clear()
        self.set_status(status)
        what, cure = sentence(why, WORDS[self.language])
        if self.request.method not in ("GET", "HEAD") and self.request.path != "/":
            self.set_header("Content-Type", "application/json")
            self.finish(msgspec.json.encode({"what": what, "cure": cure}))
            return
        if status == 503:  # it comes back by itself
            self.set_header("Refresh", str(AGAIN))
        self.set_header("Content-Security-Policy", POLICY.format(nonce=NONCE))
        self.set_header("Referrer-Policy", "same-origin")  # without a referrer, a form does not tell its origin either
        self.finish(
            TEMPLATE.render(
                what=what,
                cure=cure,
                asks=status == 401,
                waits=status == 503,
                t=WORDS[self.language],
                language=self.language,
                languages={code: NAMES[code] for code in LANGUAGES},
                style=STYLE,
                nonce=NONCE,
            )
        )

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Tell what is wrong without a word of Python's."""
        self.tell(status_code, NOTHING)

    def log_exception(self, *args: Any) -> None:
        """Tell of what nobody thought of; what is refused is no news."""
        if not isinstance(args[1], web.HTTPError | StreamClosedError):
            super().log_exception(*args)


def sentence(why: str, t: Catalogue) -> tuple[str, str]:
    """Return why a request is not answered, and what to do or what becomes of it."""
    comes = t("This page looks again by itself.")
    match why:
        case "come in":
            return t("Type the token on your slip."), ""
        case "unknown":
            return t("This token is not known."), t("Compare it with your slip, or ask for a new one.")
        case "elsewhere":
            return t("This request does not come from the page."), t("Open the link on your slip.")
        case "no seat":
            return t("There is no seat for you now: the class has not begun, or is over."), comes
        case "not running":
            return t("Your seat is not running: it is stopped, or is being made new."), comes
        case "suspended":
            return t("The instructor has suspended your seat. Everything in it is kept."), comes
        case "asleep":
            kept = t("Your seat is suspended, as nobody was active in it. Everything in it is kept.")
            return kept, t("Open the link on your slip.")
        case "waking":
            return t("Your seat was suspended, as nobody was active in it. It comes back with everything."), comes
        case "over":
            kept = t(
                "The class is over, and your seat is suspended. Everything in it is kept. "
                "The instructor can extend the class."
            )
            return kept, comes
        case "starting":
            return t("The page in your seat is starting."), comes
        case "silent":
            return t("Your seat does not answer."), comes
        case "too many":
            return t("You have too many windows and terminals open."), t("Close some.")
    return t("There is no such page."), t("Open the link on your slip.")


class _Relay(httputil.HTTPMessageDelegate):
    """What a seat answers, which goes to the browser piece by piece, no faster than that takes it."""

    def __init__(self, handler: _Request, stream: IOStream) -> None:
        self.handler, self.stream = handler, stream
        self.known = True
        """Whether the seat's page knew the token."""
        self.whole = False

    def headers_received(
        self, start_line: httputil.RequestStartLine | httputil.ResponseStartLine, headers: httputil.HTTPHeaders
    ) -> None:
        assert isinstance(start_line, httputil.ResponseStartLine)  # noqa: S101 (it is no server)
        self.known = start_line.code != UNAUTHORIZED
        if self.known and start_line.code >= 200:
            self.handler.take(start_line.code, headers)

    async def data_received(self, chunk: bytes) -> None:
        if self.known:
            self.handler.write(chunk)
            try:
                await self.handler.flush()
            except StreamClosedError:  # the browser has gone
                self.stream.close()

    def finish(self) -> None:
        self.whole = True


class Frames:
    """The frames that a browser sends by a WebSocket (RFC 6455): what is typed is sent as bytes, all else as text."""

    def __init__(self) -> None:
        self._head = b""
        """What there is of the head of a frame."""
        self._rest = 0
        """Bytes of a frame that are still to come."""

    def typed(self, sent: bytes) -> bool:
        """Take what was sent. Return True if a frame of bytes has begun in it."""
        found, at = False, 0
        while at < len(sent):
            if self._rest:
                some = min(self._rest, len(sent) - at)
                self._rest, at = self._rest - some, at + some
                continue
            self._head, at = self._head + sent[at : at + 1], at + 1
            if len(self._head) < 2:
                continue
            length = self._head[1] & 0x7F
            more = {126: 2, 127: 8}.get(length, 0)
            if len(self._head) == 2 + more + (4 if self._head[1] & 0x80 else 0):
                found = found or self._head[0] & 0x0F == BYTES
                self._rest = int.from_bytes(self._head[2 : 2 + more], "big") if more else length
                self._head = b""
        return found


def farewell(why: str) -> bytes:
    """Return the frame by which a page is told that its seat is suspended."""
    told = STILL.to_bytes(2, "big") + why.encode()
    return bytes([0x88, len(told)]) + told


async def _pipe(source: IOStream, sink: IOStream, heed: Callable[[bytes], None] = lambda sent: None) -> None:
    """Pass on what comes, no faster than it is taken, until one of the two is closed."""
    with suppress(StreamClosedError):
        while True:
            sent = await source.read_bytes(CHUNK, partial=True)
            heed(sent)
            await sink.write(sent)


class _Server(httpserver.HTTPServer):
    """A server that takes no more connections than it can bear."""

    def initialize(self, *arguments: Any, **options: Any) -> None:
        super().initialize(*arguments, **options)
        self._streams: WeakSet[IOStream] = WeakSet()

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        if len([each for each in self._streams if not each.closed()]) >= ALL:
            stream.close()
            return
        self._streams.add(stream)
        super().handle_stream(stream, address)


def listen(wish: Wish) -> list[socket.socket]:
    """Take the port.

    Raises:
        HostError: it cannot be taken.
    """
    try:
        return netutil.bind_sockets(wish.port, wish.address or None)
    except OSError as error:
        at = f"port {wish.port}" if not wish.address else f"{wish.address}, port {wish.port}"
        raise HostError(
            f"The page of the class cannot be served at {at}: {error.strerror}.",
            "Choose another with --port, or --address.",
        ) from error


async def serve(gate: Gate, sockets: list[socket.socket], certificate: ssl.SSLContext, empty: Path) -> None:
    """Serve until a signal comes, or the keeper has ended.

    All rights on this host are given up before the first connection is taken; ``empty`` is a folder without anything.
    """
    loop = asyncio.get_running_loop()
    for number in ENDING:
        loop.add_signal_handler(number, gate.porter.over.set)
    application = web.Application(
        default_handler_class=_Request,
        default_handler_args={"gate": gate},
        log_function=lambda handler: None,
    )
    server = _Server(
        application,
        ssl_options=certificate,
        max_header_size=HEADER,
        max_body_size=MESSAGE,
        max_buffer_size=2 * MESSAGE,
        idle_connection_timeout=IDLE,
        body_timeout=PATIENCE,
    )
    IOLoop.current()  # loads what it is made of, while there are files
    give_up_rights(empty)
    server.add_sockets(sockets)
    gate.porter.begin()
    looking = asyncio.create_task(gate.look())
    await gate.porter.over.wait()
    looking.cancel()
    server.stop()
