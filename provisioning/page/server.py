"""The page's server: what a browser asks for, refused unless it is this user's own page that asks."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from tornado import httpserver, web, websocket

from provisioning import environment
from provisioning.errors import HostError, LabError, UsageError
from provisioning.interrupt import ENDING
from provisioning.lesson.results import Outcome
from provisioning.lesson.session import open_hint
from provisioning.lesson.texts import LANGUAGES, language
from provisioning.page.access import HEADERS, Access, keep, new_token, recall
from provisioning.page.hub import Hub
from provisioning.page.terminal import Terminal, View
from provisioning.page.view import FOLDER, NAMES, page_words, render
from provisioning.scenario.load import find_scenarios
from provisioning.settings import Settings
from provisioning.show.report import write_report

VERBS = {"up": (), "reset": (), "run": ("step",), "check": ("task",), "solve": ("task",), "setup": ()}
"""What the page starts, and what each may be about."""
STATIC = (".css", ".js", ".mjs")
MESSAGE = 2**20
"""Bytes of a message that a window may send: a paste."""
PING = 20
"""Seconds between two questions whether a window is still there."""
YEAR = 31_536_000
"""Seconds that a browser keeps what does not change."""


class _Guarded(web.RequestHandler):
    """What every request goes through first."""

    changes = False

    def initialize(self, hub: Hub, access: Access) -> None:
        self.hub, self.access = hub, access

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Content-Security-Policy", self.settings["policy"])
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        changes = self.changes or self.request.method not in ("GET", "HEAD")
        refused = self.access.refusal(self.request.host, self.request.headers.get("Origin"), changes=changes)
        if refused:
            raise web.HTTPError(403, reason="Refused", log_message=refused)
        if not self.access.knows(self.get_cookie(self.access.cookie, "") or ""):
            raise web.HTTPError(401, reason="Link needed")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Tell what is wrong in a sentence, and the cure."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        t = page_words(self.language)
        if status_code == 401:
            what, cure = t("This page opens by its own link alone."), t("Run: python3 lab.py open")
        elif isinstance(error, LabError):
            self.set_status(400)
            what, cure = error.what, error.cure
        elif status_code == 403:
            what, cure = t("This request does not come from the page."), t("Run: python3 lab.py open")
        else:
            what, cure = t("There is no such page."), t("Run: python3 lab.py open")
        if self.request.method == "GET":
            self.finish(render("index.html.j2", sentence=what, cure=cure, language=self.language, static=static))
        else:
            self.answer({"what": what, "cure": cure})

    def log_exception(self, *args: Any) -> None:
        """Tell of what nobody thought of; what is refused is no news."""
        if not isinstance(args[1], web.HTTPError | LabError):
            super().log_exception(*args)

    @property
    def language(self) -> str:
        """The language that the address names, else the one that was chosen last, else the one that LANG names."""
        for wish in (self.get_query_argument("lang", ""), self.get_cookie("lab-language", "") or ""):
            if wish in LANGUAGES:
                return wish
        return language("", environment.ORIGINAL)

    def answer(self, value: Any) -> None:
        """Send JSON."""
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.finish(msgspec.json.encode(value))

    def send_page(self, html: str) -> None:
        """Send a page, and remember its language."""
        self.set_header("Cache-Control", "no-store")
        if self.get_query_argument("lang", ""):
            self.set_cookie("lab-language", self.language, samesite="Strict", max_age=YEAR)
        self.finish(html)

    @property
    def told(self) -> dict[str, Any]:
        """What a request that changes something says.

        Raises:
            UsageError: it is no JSON object.
        """
        try:
            return msgspec.json.decode(self.request.body or b"{}", type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise UsageError("The request cannot be read.", "Reload the page.") from error


class _Page(_Guarded):
    def prepare(self) -> None:
        token = self.get_query_argument("token", "")
        if not token or self.access.refusal(self.request.host, None, changes=False) or not self.access.knows(token):
            super().prepare()

    def get(self, name: str = "") -> None:
        if self.get_query_argument("token", ""):
            # A page of ours leads on, as a browser that comes by a link of another site does not send a strict cookie.
            self.set_cookie(
                self.access.cookie, self.access.token, httponly=True, samesite="Strict", max_age=YEAR, path="/"
            )
            self.set_header("Refresh", f"0; url=/{name}")
            self.set_header("Cache-Control", "no-store")
            self.finish('<!doctype html><title>lab</title><link rel="icon" href="data:,">')
            return
        if not name:
            self._list()
            return
        view = self.hub.view(name, self.language)
        version = self.hub.version(name)  # before the results: if they change meanwhile, the page asks for them anew
        outcome = self.hub.outcome(view.scenario)
        self.send_page(view.page(outcome, version=version, static=static, nonce=self.access.nonce))

    def _list(self) -> None:
        scenarios, mistakes = [], []
        for name in find_scenarios(self.hub.settings.scenarios):
            try:
                view = self.hub.view(name, self.language)
                scenarios.append((name, view.words(view.scenario.title)))
            except UsageError as error:
                mistakes.append(error)
        self.send_page(
            render(
                "index.html.j2",
                sentence="",
                t=page_words(self.language),
                scenarios=scenarios,
                mistakes=mistakes,
                language=self.language,
                languages={code: NAMES[code] for code in LANGUAGES},
                static=static,
            )
        )


class _Parts(_Guarded):
    def get(self, name: str) -> None:
        view = self.hub.view(name, self.language)
        self.answer(view.parts(self.hub.outcome(view.scenario)))


class _Solution(_Guarded):
    def get(self, name: str, task: str) -> None:
        view = self.hub.view(name, self.language)
        self.answer({"html": view.solution(view.scenario.task(task))})


class _Report(_Guarded):
    def get(self, name: str) -> None:
        view = self.hub.view(name, self.language)
        with TemporaryDirectory(prefix="lab-") as folder:
            page, _ = write_report(self.hub.settings, [view.scenario], Path(folder) / "report.html", self.language)
            self.clear_header("Content-Security-Policy")  # the report brings one, which lets in less
            self.send_page(page.read_text(encoding="utf-8"))


class _Do(_Guarded):
    def post(self, name: str) -> None:
        """Start a verb."""
        scenario, told = self.hub.view(name, self.language).scenario, self.told
        verb = told.get("verb")
        if verb not in VERBS:
            raise UsageError("There is no such verb.", "Reload the page.")
        argv = [verb, "--yes"] if verb == "setup" else [verb, scenario.name]
        target = ""
        for sort in VERBS[verb]:
            if wish := str(told.get(sort, "")):
                target = scenario.task(wish).id if sort == "task" else scenario.step(wish).id
                argv += [target] if verb == "solve" else [f"--{sort}", target]
        if refused := self.hub.start(scenario.name, argv, target):
            self.set_status(409)
            self.answer({"what": refused, "cure": ""})
            return
        self.answer({})


class _Stop(_Guarded):
    def post(self, name: str) -> None:
        """Have the verb that is under way end as by Ctrl-C."""
        self.hub.work.interrupt()
        self.answer({})


class _Predict(_Guarded):
    def post(self, name: str) -> None:
        """Keep a prediction, as long as its step was not seen."""
        scenario, told = self.hub.view(name, self.language).scenario, self.told
        step = scenario.step(str(told.get("step", "")))
        choice = told.get("choice")
        if step.predict is None or choice not in step.predict.choices:
            raise UsageError("There is no such choice.", "Reload the page.")

        def predicted(kept: Outcome) -> Outcome:
            if any(each.step == step.id for each in kept.evidence):
                return kept
            return msgspec.structs.replace(kept, predictions={**kept.predictions, step.id: choice})

        self.hub.results(name).update(name, scenario.title, predicted, lambda line: None)
        self.hub.look_at_results(name)
        self.answer({})


class _Hint(_Guarded):
    def post(self, name: str) -> None:
        """Open one more hint of a task."""
        scenario = self.hub.view(name, self.language).scenario
        open_hint(self.hub.settings, scenario, scenario.task(str(self.told.get("task", ""))), lambda line: None)
        self.hub.look_at_results(name)
        self.answer({})


class _Terminals(_Guarded):
    async def post(self, name: str) -> None:
        """Open a terminal."""
        scenario = self.hub.view(name, self.language).scenario
        told = self.told
        machine, further = str(told.get("machine", "")), told.get("further") is True
        terminal = await self.hub.open_terminal(scenario, machine, further=further)
        self.answer({"id": terminal.id})

    def delete(self, name: str) -> None:
        """Close one."""
        terminal = self.hub.terminal(str(self.told.get("id", "")))
        if terminal:
            self.hub.close_terminal(terminal)
        self.answer({})


class _Socket(_Guarded, websocket.WebSocketHandler):
    """A WebSocket: guarded as what changes something, as a browser opens one to wherever a page says."""

    changes = True

    def check_origin(self, origin: str) -> bool:
        return not self.access.refusal(self.request.host, origin, changes=True)

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send JSON."""
        self.send(msgspec.json.encode(message).decode())

    def send(self, message: str | bytes) -> None:
        """Send text or bytes; a window that is gone is sent nothing."""
        with suppress(websocket.WebSocketClosedError):
            sending = asyncio.ensure_future(self.write_message(message, binary=isinstance(message, bytes)))
            sending.add_done_callback(lambda done: done.cancelled() or done.exception())


class _Events(_Socket):
    """Tells a window of every change."""

    scenario = ""

    def open(self, name: str) -> None:
        self.scenario = self.hub.view(name, self.language).scenario.name
        self.set_nodelay(True)
        self.hub.enter(self)

    def on_message(self, message: str | bytes) -> None:
        """Look at the machines again: the window is drawn, or the learner came back to it."""
        self.hub.ask_machines()

    def on_close(self) -> None:
        self.hub.leave(self)


class _Window(_Socket):
    """One window's view of a terminal: bytes are what is printed and typed, text is what is told about it."""

    terminal: Terminal | None = None
    view: View | None = None

    def open(self, number: str) -> None:
        self.set_nodelay(True)
        self.terminal = self.hub.terminal(number)
        if self.terminal is None:
            self.tell({"closed": True})
            self.close()
            return
        seen = self.get_query_argument("seen", "0")
        self.view = self.terminal.attach(_Pane(self), int(seen) if seen.isdecimal() else 0)

    def on_message(self, message: str | bytes) -> None:
        if self.terminal is None or self.view is None:
            return
        if isinstance(message, bytes):
            self.terminal.type(message)
            return
        match msgspec.json.decode(message):
            case {"drawn": int(number)}:
                self.terminal.drawn(self.view, number)
            case {"size": [int(columns), int(rows)]}:
                self.terminal.resize(columns, rows)
            case {"shown": bool(shown)}:
                self.terminal.show(self.view, shown)
            case {"start": True}:
                self.terminal.start()
                self.hub.tell_all()

    def on_close(self) -> None:
        if self.terminal and self.view:
            self.terminal.detach(self.view)


class _Pane:
    """A window as a terminal knows it."""

    def __init__(self, window: _Window) -> None:
        self._window = window

    def send(self, data: bytes) -> None:
        self._window.send(data)

    def tell(self, **message: object) -> None:
        self._window.tell(message)


class _Static(_Guarded):
    def get(self, digest: str, name: str) -> None:
        found = _files().get(name)
        if found is None:
            raise web.HTTPError(404)
        content, _ = found
        kind = "text/css" if name.endswith(".css") else "text/javascript"
        self.set_header("Content-Type", f"{kind}; charset=utf-8")
        self.set_header("Cache-Control", f"private, max-age={YEAR}, immutable")
        self.finish(content)


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    """Return the page's own files by name, each with a part of its hash."""
    paths = [path for path in FOLDER.rglob("*") if path.suffix in STATIC]
    contents = {str(path.relative_to(FOLDER)): path.read_bytes() for path in paths}
    # Modules import each other by name, so all of them have one hash.
    digest = hashlib.sha256(b"".join(contents[name] for name in sorted(contents))).hexdigest()[:12]
    return {name: (content, digest) for name, content in contents.items()}


def static(name: str) -> str:
    """Return the address of one of the page's own files."""
    return f"/static/{_files()[name][1]}/{name}"


def application(hub: Hub, access: Access) -> web.Application:
    """Everything the server answers to."""
    name, known = r"([a-z][a-z0-9-]*)", {"hub": hub, "access": access}
    routes: list[tuple[str, type[_Guarded]]] = [
        (r"/static/(\w+)/([\w./-]+)", _Static),
        (rf"/events/{name}", _Events),
        (r"/terminal/(\w+)", _Window),
        (rf"/parts/{name}", _Parts),
        (rf"/solution/{name}/([\w-]+)", _Solution),
        (rf"/report/{name}", _Report),
        (rf"/do/{name}", _Do),
        (rf"/stop/{name}", _Stop),
        (rf"/predict/{name}", _Predict),
        (rf"/hint/{name}", _Hint),
        (rf"/terminals/{name}", _Terminals),
        (r"/", _Page),
        (rf"/{name}", _Page),
    ]
    return web.Application(
        [(pattern, handler, known) for pattern, handler in routes],
        websocket_max_message_size=MESSAGE,
        websocket_ping_interval=PING,
        default_handler_class=_Nothing,
        default_handler_args=known,
        policy=access.policy,
        log_function=lambda handler: None,
    )


class _Nothing(_Guarded):
    def prepare(self) -> None:
        super().prepare()
        raise web.HTTPError(404)


def bind(settings: Settings, host: str, port: int) -> tuple[list[socket.socket], Access]:
    """Take the port that was asked for, else the last one, else any that is free.

    Raises:
        HostError: the address cannot be taken.
    """
    last = recall(settings)
    wishes = [port] if port else [last.port, 0] if last else [0]
    for wish in wishes:
        try:
            sockets = [_listen(host, wish)]
        except OSError as error:
            if wish != wishes[-1]:
                continue
            raise HostError(
                f"The page cannot be served at {host}:{wish}: {error.strerror}.",
                "Leave out --port (and --host): then a port that is free is taken.",
            ) from error
        break
    number = sockets[0].getsockname()[1]
    access = Access(host, number, last.token if last else new_token())
    keep(settings, number, access.token)
    return sockets, access


def _listen(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = found[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setblocking(False)
        listening.bind(address)
        listening.listen(128)
    except BaseException:
        listening.close()
        raise
    return listening


async def serve(settings: Settings, sockets: list[socket.socket], access: Access, ready: Callable[[], None]) -> None:
    """Serve until a signal comes, then end terminals and work; ``ready`` is called when the page can be opened."""
    hub, over = Hub(settings), asyncio.Event()
    server = httpserver.HTTPServer(application(hub, access), max_body_size=MESSAGE)
    server.add_sockets(sockets)
    loop = asyncio.get_running_loop()
    for number in ENDING:
        loop.add_signal_handler(number, over.set)
    ready()
    await over.wait()
    server.stop()
    await hub.close()
