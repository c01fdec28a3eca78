"""The server of the instructor's page: guarded as the learner's is, on an origin of its own.

Nothing that a seat made is ever sent as a page: what seats say is data, and the page shows it as text.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from provisioning.errors import UsageError
from provisioning.inert import plain
from provisioning.lesson.texts import LANGUAGES, Catalogue, interface
from provisioning.page.access import Access
from provisioning.page.board.board import Board
from provisioning.page.server import (
    STATIC_FILES,
    Desk,
    Door,
    Guarded,
    Socket,
    Static,
    Window,
    answer_until_signal,
    guarded,
    static,
)
from provisioning.page.view import NAMES, SCRIPT_TEXTS, page_words, program_words, render
from provisioning.seats.classroom import Classroom
from provisioning.seats.word import LETTERS

FOLDER = Path(__file__).parent
VERBS = ("reset", "check", "resume")
"""What the page starts."""
LONGEST = 24 * 60
"""Minutes that a class may go on."""
BOARD_TEXTS = (
    "Waves for help",
    "Not running",
    "Stuck",
    "Works",
    "Not opened yet",
    "Away",
    "Suspended",
    "by hand",
    "nobody was active",
    "the class is over",
    "Finished",
    "{} s",
    "{} min",
    "{} h",
    "{} of {}",
    "now",
    "never",
    "all {} seats",
    "{} seats",
    "Shell",
    "Shell in {}",
    "Join",
    "Join a terminal of {}",
    "Choose {}",
    "Message",
    "Message to {}",
    "Sent.",
    "These seats did not hear it yet, and will: {}",
    "No seat stands.",
    "Make {} new? All that was done there is thrown away, in every seat that is named. Grades stay.",
    "Make them new",
    "Time left: {}",
    "The class is over.",
    "No end is set.",
    "{} checks, {} tasks",
    "not checked",
    "could not be checked: {}",
    "made by half",
    "The page has lost its server. It looks for it again and again; if you ended it: python3 lab.py class open",
)
"""What `board.js` says beside what it shares with the learner's page."""


def board_words(code: str) -> Catalogue:
    """Return what the instructor's page says."""
    return Catalogue({**page_words(code).texts, **interface(code, FOLDER)})


@cache
def board_program(code: str) -> Catalogue:
    """Return what the program says while it works for this page."""
    return Catalogue({**program_words(code).texts, **interface(code, FOLDER, "program")}, nested=True)


class _Guarded(Guarded):
    """A request to the instructor's page."""

    def initialize(self, board: Board, access: Access) -> None:
        self.board, self.access = board, access

    @property
    def words(self) -> Catalogue:
        return board_words(self.language)

    @property
    def program(self) -> Catalogue:
        return board_program(self.language)

    @property
    def way_in(self) -> str:
        t = self.words
        return t("Run: python3 lab.py class open")

    @property
    def seats(self) -> list[str]:
        """The seats that a request names.

        Raises:
            UsageError: it is no list of names.
        """
        named = self.told.get("seats")
        if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
            raise UsageError("The request cannot be read.", "Reload the page.")
        return named


class _Page(_Guarded, Door):
    def get(self) -> None:
        if self.entered("/"):
            return
        words = self.words
        texts = {text: words(text) for text in (*SCRIPT_TEXTS, *BOARD_TEXTS)}
        self.send_page(
            render(
                "board/board.html.j2",
                t=words,
                lab=self.board.settings.name,
                language=self.language,
                languages={code: NAMES[code] for code in LANGUAGES},
                texts=json.dumps(texts, ensure_ascii=False),
                letters=LETTERS,
                longest=LONGEST,
                nonce=self.access.nonce,
                static=static,
            )
        )


class _Events(_Guarded, Socket):
    """Tells a window of every change."""

    def open(self) -> None:
        self.set_nodelay(True)
        self.board.enter(self)

    def on_message(self, message: str | bytes) -> None:
        pass

    def on_close(self) -> None:
        self.board.leave(self)


class _Window(_Guarded, Window):
    @property
    def desk(self) -> Desk:  # type: ignore[override]
        return self.board


class _Terminals(_Guarded):
    def post(self) -> None:
        """Open a root shell in a seat, or join a terminal of its learner's."""
        told = self.told
        terminal = self.board.open_terminal(str(told.get("machine", "")), str(told.get("terminal", "")))
        self.answer({"id": terminal.id})

    def delete(self) -> None:
        """Close one."""
        terminal = self.board.terminal(str(self.told.get("id", "")))
        if terminal:
            self.board.close_terminal(terminal)
        self.answer({})


class _Say(_Guarded):
    async def post(self) -> None:
        """Send a message to seats; to all where none is named."""
        text = self.told.get("text")
        if not isinstance(text, str) or not text.strip() or len(text) > LETTERS:
            raise UsageError(f"A message has 1 to {LETTERS} letters.", "Write another.")
        self.answer({"unheard": await self.board.say(self.seats, plain(text.strip())[:LETTERS])})


class _Clock(_Guarded):
    async def post(self) -> None:
        """Set in how many minutes the class ends; 0 for no end."""
        minutes = self.told.get("minutes")
        if not isinstance(minutes, int) or isinstance(minutes, bool) or not 0 <= minutes <= LONGEST:
            raise UsageError(f"A class ends in 1 to {LONGEST} minutes.", "Choose another number.")
        await self.board.end(time.time() + 60 * minutes if minutes else 0.0)
        self.answer({})


class _Do(_Guarded):
    def post(self) -> None:
        """Start a verb of `class` on seats; on all where none is named."""
        verb = self.told.get("verb")
        if verb not in VERBS:
            raise UsageError("There is no such verb.", "Reload the page.")
        if refused := self.board.start(verb, self.seats):
            self.set_status(409)
            self.answer({"what": self.program(refused), "cure": ""})
            return
        self.answer({})


class _Stop(_Guarded):
    def post(self) -> None:
        """Have the verb that is under way end as by Ctrl-C."""
        self.board.work.interrupt()
        self.answer({})


async def serve(classroom: Classroom, sockets: list[socket.socket], access: Access, ready: Callable[[], None]) -> None:
    """Serve until a signal comes, then end terminals and work; ``ready`` is called when the page can be opened."""
    board = Board(classroom)
    known = {"board": board, "access": access}
    routes: list[tuple[str, type[Guarded]]] = [
        (STATIC_FILES, Static),
        (r"/events", _Events),
        (r"/terminal/(\w+)", _Window),
        (r"/terminals", _Terminals),
        (r"/say", _Say),
        (r"/clock", _Clock),
        (r"/do", _Do),
        (r"/stop", _Stop),
        (r"/", _Page),
    ]
    await answer_until_signal(guarded(routes, known, access), sockets, ready)
    await board.close()
