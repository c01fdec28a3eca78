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
from typing import Any, Protocol

import msgspec
from tornado import httpserver, web, websocket

from provisioning import environment
from provisioning.errors import HostError, LabError, UsageError
from provisioning.interrupt import ENDING
from provisioning.lesson.results import Outcome
from provisioning.lesson.session import keep_shown, open_hint
from provisioning.lesson.texts import LANGUAGES, Catalogue, language
from provisioning.page.access import HEADERS, PAGE, Access, keep, new_token, recall
from provisioning.page.hub import Hub
from provisioning.page.terminal import Terminal, View
from provisioning.page.view import FOLDER, NAMES, page_words, program_words, render
from provisioning.scenario.load import find_scenarios
from provisioning.settings import Settings
from provisioning.show.report import write_report

VERBS = {"up": (), "reset": (), "run": ("step",), "check": ("task",), "solve": ("task",), "setup": ()}
"""What the page starts, and what each may be about."""
STATIC = (".css", ".js", ".mjs")
STATIC_FILES = r"/static/(\w+)/([\w./-]+)"
MESSAGE = 2**20
"""Bytes of a message that a window may send: a paste."""
PING = 20
"""Seconds between two questions whether a window is still there."""
YEAR = 31_536_000
"""Seconds that a browser keeps what does not change."""


class Guarded(web.RequestHandler):
    """What every request goes through first, to the learner's page and to the instructor's."""

    changes = False
    access: Access

    def set_default_headers(self) -> None:
        """See tornado."""
        self.clear_header("Server")
        self.set_header("Content-Security-Policy", self.settings["policy"])
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        """See tornado."""
        changes = self.changes or self.request.method not in ("GET", "HEAD")
        refused = self.access.refusal(self.request.host, self.request.headers.get("Origin"), changes=changes)
        if refused:
            raise web.HTTPError(403, reason="Refused", log_message=refused)
        if not self.access.knows(self.get_cookie(self.access.cookie, "") or ""):
            raise web.HTTPError(401, reason="Link needed")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Tell what is wrong in a sentence, and the cure."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        t = self.words
        if status_code == 401:
            what, cure = t("This page opens by its own link alone."), self.way_in
        elif isinstance(error, LabError):
            self.set_status(400)
            what, cure = self.program(error.what), self.program(error.cure)
        elif status_code == 403:
            what, cure = t("This request does not come from the page."), self.way_in
        else:
            what, cure = t("There is no such page."), self.way_in
        if self.request.method == "GET":
            self.finish(render("index.html.j2", sentence=what, cure=cure, language=self.language, static=static))
        else:
            self.answer({"what": what, "cure": cure})

    def log_exception(self, *args: Any) -> None:
        """Tell of what nobody thought of; what is refused is no news."""
        if not isinstance(args[1], web.HTTPError | LabError):
            super().log_exception(*args)

    @property
    def words(self) -> Catalogue:
        """What the page says, in the language of the request."""
        return page_words(self.language)

    @property
    def program(self) -> Catalogue:
        """What the program says while it works, in the language of the request."""
        return program_words(self.language)

    @property
    def way_in(self) -> str:
        """How the user comes to the page: in a class, by way of its gate, nobody types a command for it."""
        t = self.words
        in_class = "X-Forwarded-Host" in self.request.headers
        return t("Open the link on your slip.") if in_class else t("Run: python3 lab.py open")

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


class Door(Guarded):
    """A page that the link with the token opens."""

    def prepare(self) -> None:
        """See tornado."""
        token = self.get_query_argument("token", "")
        if not token or self.access.refusal(self.request.host, None, changes=False) or not self.access.knows(token):
            super().prepare()

    def entered(self, path: str) -> bool:
        """Make the token a cookie. Return False if the request brings none."""
        if not self.get_query_argument("token", ""):
            return False
        # A page of ours leads on, as a browser that comes by a link of another site does not send a strict cookie.
        self.set_cookie(self.access.cookie, self.access.token, httponly=True, samesite="Strict", max_age=YEAR, path="/")
        self.set_header("Refresh", f"0; url={path}")
        self.set_header("Cache-Control", "no-store")
        self.finish('<!doctype html><title>lab</title><link rel="icon" href="data:,">')
        return True


class _Guarded(Guarded):
    """A request to the learner's page."""

    def initialize(self, hub: Hub, access: Access) -> None:
        self.hub, self.access = hub, access


class _Page(_Guarded, Door):
    def get(self, name: str = "") -> None:
        if self.entered(f"/{name}"):
            return
        if not name:
            self._list()
            return
        view = self.hub.view(name, self.language)
        version = self.hub.version(name)  # before the results: if they change meanwhile, the page asks for them anew
        outcome = self.hub.outcome(view.scenario)
        told = {"nonce": self.access.nonce, "way_in": self.way_in, "seat": self.hub.presence is not None}
        self.send_page(view.page(outcome, version=version, static=static, **told))

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
                t=self.words,
                scenarios=scenarios,
                mistakes=[(self.program(mistake.what), self.program(mistake.cure)) for mistake in mistakes],
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
    def post(self, name: str) -> None:
        """Show the reference solution of a task, and keep that it was shown."""
        view = self.hub.view(name, self.language)
        task = view.scenario.task(str(self.told.get("task", "")))
        keep_shown(self.hub.settings, view.scenario, task, lambda line: None)
        self.hub.look_at_results(name)
        self.answer({"html": view.solution(task)})


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
            self.answer({"what": self.program(refused), "cure": ""})
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


class _Wave(_Guarded):
    def post(self, name: str) -> None:
        """Wave for the instructor's help, or stop it."""
        if self.hub.presence is None:
            raise UsageError("This lab is nobody's seat.", "Reload the page.")
        try:
            self.hub.presence.wave(self.told.get("raised") is True)
        except OSError as error:
            raise UsageError(f"The class cannot be told: {error.strerror}.", "Free disk space.") from error
        self.hub.tell_all()
        self.answer({})


class _Here(_Guarded):
    def post(self, name: str) -> None:
        """Do nothing: the gate of the class has seen that the learner is there."""
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


class Socket(Guarded, websocket.WebSocketHandler):
    """A WebSocket: guarded as what changes something, as a browser opens one to wherever a page says."""

    changes = True

    def check_origin(self, origin: str) -> bool:
        """See tornado."""
        return not self.access.refusal(self.request.host, origin, changes=True)

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send JSON."""
        self.send(msgspec.json.encode(message).decode())

    def send(self, message: str | bytes) -> None:
        """Send text or bytes; a window that is gone is sent nothing."""
        with suppress(websocket.WebSocketClosedError):
            sending = asyncio.ensure_future(self.write_message(message, binary=isinstance(message, bytes)))
            sending.add_done_callback(lambda done: done.cancelled() or done.exception())


class _Events(_Guarded, Socket):
    """Tells a window of every change."""

    scenario = ""

    @property
    def program(self) -> Catalogue:
        try:
            return self.hub.view(self.scenario, self.language).program
        except (UsageError, OSError):  # the scenario is being edited
            return super().program

    def open(self, name: str) -> None:
        self.scenario = self.hub.view(name, self.language).scenario.name
        self.set_nodelay(True)
        self.hub.enter(self)

    def on_message(self, message: str | bytes) -> None:
        """Look at the machines again: the window is drawn, or the learner came back to it."""
        self.hub.ask_machines()

    def on_close(self) -> None:
        self.hub.leave(self)


class Desk(Protocol):
    """What holds the terminals of a page."""

    def terminal(self, number: str) -> Terminal | None:
        """Return the terminal with that id."""

    def acted(self) -> None:
        """Note that somebody types."""

    def tell_all(self) -> None:
        """Tell every window how things stand."""


class Window(Socket):
    """One window's view of a terminal: bytes are what is printed and typed, text is what is told about it."""

    desk: Desk

    terminal: Terminal | None = None
    view: View | None = None

    def open(self, number: str) -> None:
        """See tornado."""
        self.set_nodelay(True)
        self.terminal = self.desk.terminal(number)
        if self.terminal is None:
            self.tell({"closed": True})
            self.close()
            return
        seen = self.get_query_argument("seen", "0")
        self.view = self.terminal.attach(_Pane(self), int(seen) if seen.isdecimal() else 0)
        if self.get_query_argument("guest", ""):
            self.view.guest = True
            self.desk.tell_all()

    def on_message(self, message: str | bytes) -> None:
        """See tornado."""
        if self.terminal is None or self.view is None:
            return
        if isinstance(message, bytes):
            self.desk.acted()
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
                self.desk.tell_all()

    def on_close(self) -> None:
        """See tornado."""
        if self.terminal and self.view:
            self.terminal.detach(self.view)
            if self.view.guest:
                self.desk.tell_all()


class _Pane:
    """A window as a terminal knows it."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def send(self, data: bytes) -> None:
        self._window.send(data)

    def tell(self, **message: object) -> None:
        self._window.tell(message)


class _Window(_Guarded, Window):
    @property
    def desk(self) -> Desk:  # type: ignore[override]
        return self.hub


class Static(Guarded):
    """The pages' own files."""

    def initialize(self, access: Access, **known: object) -> None:
        """See tornado."""
        self.access = access

    def get(self, digest: str, name: str) -> None:
        """See tornado."""
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
    routes: list[tuple[str, type[Guarded]]] = [
        (STATIC_FILES, Static),
        (rf"/events/{name}", _Events),
        (r"/terminal/(\w+)", _Window),
        (rf"/parts/{name}", _Parts),
        (rf"/solution/{name}", _Solution),
        (rf"/report/{name}", _Report),
        (rf"/do/{name}", _Do),
        (rf"/stop/{name}", _Stop),
        (rf"/predict/{name}", _Predict),
        (rf"/hint/{name}", _Hint),
        (rf"/terminals/{name}", _Terminals),
        (rf"/wave/{name}", _Wave),
        (rf"/here/{name}", _Here),
        (r"/", _Page),
        (rf"/{name}", _Page),
    ]
    return guarded(routes, known, access)


def guarded(routes: list[tuple[str, type[Guarded]]], known: dict[str, Any], access: Access) -> web.Application:
    """Return what answers to routes, and refuses all else. The handlers get what is ``known``."""
    return web.Application(
        [(pattern, handler, known) for pattern, handler in routes],
        websocket_max_message_size=MESSAGE,
        websocket_ping_interval=PING,
        default_handler_class=_Nothing,
        default_handler_args={"access": access},
        policy=access.policy,
        log_function=lambda handler: None,
    )


class _Nothing(Guarded):
    def initialize(self, access: Access) -> None:
        self.access = access

    def prepare(self) -> None:
        super().prepare()
        raise web.HTTPError(404)


def bind(settings: Settings, host: str, port: int, page: str = PAGE) -> tuple[list[socket.socket], Access]:
    """Take the port that was asked for, else the last one, else any that is free. ``page`` is as in ``access``.

    Raises:
        HostError: the address cannot be taken.
    """
    last = recall(settings, page)
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
    keep(settings, number, access.token, page)
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
    hub = Hub(settings)
    attending = asyncio.create_task(hub.attend())
    await answer_until_signal(application(hub, access), sockets, ready)
    attending.cancel()
    await hub.close()


async def answer_until_signal(page: web.Application, sockets: list[socket.socket], ready: Callable[[], None]) -> None:
    """Serve a page until a signal comes; ``ready`` is called when it can be opened."""
    over = asyncio.Event()
    server = httpserver.HTTPServer(page, max_body_size=MESSAGE)
    server.add_sockets(sockets)
    loop = asyncio.get_running_loop()
    for number in ENDING:
        loop.add_signal_handler(number, over.set)
    ready()
    await over.wait()
    server.stop()
