"""What the page is made of, without a browser: its memory of terminals, what differs, what work says, its words."""

from __future__ import annotations

import asyncio
import hashlib
import re
from pathlib import Path

import pytest

from provisioning.lesson.results import Outcome
from provisioning.lesson.steps import Evidence
from provisioning.lesson.texts import LANGUAGES, interface
from provisioning.machines.host import Host
from provisioning.page.access import Access, keep, recall
from provisioning.page.differences import pieces
from provisioning.page.ring import Ring
from provisioning.page.terminal import AHEAD, Terminal
from provisioning.page.view import FOLDER, SCRIPT_TEXTS, View
from provisioning.page.work import Told, Work
from provisioning.scenario.load import load_scenario
from provisioning.settings import REPOSITORY, Settings

ASSETS = {
    "xterm.mjs": "3fd3d0046d2604ea5860235e2f96625a2fab158dcf3d4cfb0f7c1655559a5d9a",
    "xterm.css": "854a7c0fb70e8b1a083c16797ab827299fb18744f5ad34f227b48337e33293c6",
    "addon-fit.mjs": "aa22c5f28e4d64118ac0e7d60276b3384188e59dd104c96e43760d6e2cedd771",
}
"""xterm.js 6.0.0 and its addon-fit 0.11.0 as their authors published them, without the addresses of their maps."""


# -- what a terminal remembers


def test_a_ring_forgets_whole_lines_and_knows_its_numbers() -> None:
    ring = Ring(100)
    for number in range(100):
        ring.append(f"line {number}\n".encode())
    assert ring.end == sum(len(f"line {number}\n") for number in range(100))
    kept = ring.since(ring.start, 10_000)
    assert kept.startswith(b"line ")
    assert kept.endswith(b"line 99\n")
    assert 100 <= len(kept) <= 200
    assert ring.since(ring.end - 3, 10_000) == b"99\n"


def test_a_ring_knows_how_the_terminal_stood_where_it_begins() -> None:
    ring = Ring(100)
    ring.append(b"\x1b[?1049h\x1b[?1;2004h\x1b[?25l")
    ring.append(b"x" * 300 + b"\n")
    ring.append(b"\x1b[?25h")
    assert set(re.findall(rb"\x1b\[\?\d+[hl]", ring.preamble)) == {
        b"\x1b[?1049h",
        b"\x1b[?1h",
        b"\x1b[?2004h",
        b"\x1b[?25l",
    }
    assert ring.on_alternate_screen
    ring.append(b"\x1b[?1049l")
    assert not ring.on_alternate_screen


class Window:
    """A window that draws when it is told to."""

    def __init__(self) -> None:
        self.shown = b""
        self.heard: list[dict[str, object]] = []
        self.more = asyncio.Event()

    def send(self, data: bytes) -> None:
        self.shown += data
        self.more.set()

    def tell(self, **message: object) -> None:
        self.heard.append(message)
        self.more.set()

    async def until(self, text: bytes) -> None:
        async with asyncio.timeout(20):
            while text not in self.shown:
                self.more.clear()
                await self.more.wait()


def terminal(script: str, ended: list[Terminal]) -> Terminal:
    return Terminal(Host(), lambda _: ["sh", "-c", script], {"PATH": "/usr/bin:/bin"}, "/", ended.append)


async def over(ended: list[Terminal]) -> None:
    async with asyncio.timeout(20):
        while not ended:
            await asyncio.sleep(0.01)  # the test looks from outside


def test_what_prints_without_end_waits_for_who_draws() -> None:
    async def flood() -> None:
        ended: list[Terminal] = []
        made, window = terminal("yes", ended), Window()
        view = made.attach(window, 0)
        await window.until(b"y\r\n" * 1000)
        before = -1
        while before != (before := made.ring.end):
            await asyncio.sleep(0.2)
        assert AHEAD <= made.ring.end <= 2 * AHEAD  # it has stopped, and no memory is filled
        made.drawn(view, view.sent)
        await asyncio.sleep(0.2)
        assert made.ring.end > before
        made.close()
        await over(ended)

    asyncio.run(flood())


def test_a_window_that_comes_back_gets_what_it_missed() -> None:
    async def come_back() -> None:
        ended: list[Terminal] = []
        made, first = terminal("echo one; read go; echo two; read go", ended), Window()
        view = made.attach(first, 0)
        await first.until(b"one\r\n")
        made.detach(view)
        seen = len(first.shown)
        made.type(b"\n")
        second, third = Window(), Window()
        made.attach(second, seen)
        await second.until(b"two\r\n")
        assert b"one" not in second.shown
        assert second.heard[0]["anew"] is False
        made.attach(third, 0)
        assert b"one" in third.shown
        assert b"two" in third.shown
        assert third.heard[0]["anew"] is True
        made.type(b"\n")
        await over(ended)
        assert ended[0].status == 0
        assert {"runs": False, "status": 0} in second.heard

    asyncio.run(come_back())


def test_a_size_reaches_the_program_and_the_other_windows() -> None:
    async def resize() -> None:
        ended: list[Terminal] = []
        made = terminal("trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.1; done", ended)
        window = Window()
        made.attach(window, 0)
        await window.until(b"ready")
        made.resize(101, 41)
        made.resize(100_000, 0)  # no size
        await window.until(b"41 101")
        assert {"size": (101, 41)} in window.heard
        await over(ended)

    asyncio.run(resize())


# -- what differs


def test_words_are_marked_by_who_says_them() -> None:
    found = pieces({"host": "Linux 6.18 x86\n", "vm": "Linux 6.1 x86\n", "alpha": "Linux 6.18 x86\n"})
    assert [(each.text, each.sort, each.also) for each in found["host"]] == [
        ("Linux ", "", ()),
        ("6.18", "some", ("alpha",)),
        (" x86\n", "", ()),
    ]
    assert [each.text for each in found["vm"] if each.sort == "alone"] == ["6.1"]
    for place, text in {"a": "", "b": "x  y\n\tz"}.items():
        assert "".join(each.text for each in pieces({"a": "", "b": "x  y\n\tz"})[place]) == text


# -- what work says


def test_the_phases_are_those_of_the_screen() -> None:
    told = Told("up scenario-3", "")
    for line in (
        "• /dev/kvm is not there: the VM is emulated.",
        "… Starting vm from memory 2 s",
        "… Making alpha, beta afresh 2 s: pulling",
        "✔ Making alpha, beta afresh 2.5 s",
        "✘ Starting vm from memory 4.1 s",
        "✘ The VM does not answer within 30 s.",
        "  Put it right with: python3 lab.py reset scenario-3",
    ):
        Work.hear(told, line)
    assert [(phase.mark, phase.text, phase.seconds) for phase in told.phases] == [
        ("•", "/dev/kvm is not there: the VM is emulated.", None),
        ("✔", "Making alpha, beta afresh", 2.5),
        ("✘", "Starting vm from memory", 4.1),
    ]
    assert told.what == "The VM does not answer within 30 s."
    assert told.cure == "Put it right with: python3 lab.py reset scenario-3"


# -- who comes in


@pytest.fixture
def access() -> Access:
    return Access("127.0.0.1", 8080, "secret")


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080"])
def test_the_page_itself_may_ask(access: Access, host: str) -> None:
    assert access.refusal(host, f"http://{host}", changes=True) == ""
    assert access.refusal(host, None, changes=False) == ""


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8081", "http://127.0.0.1:8081"),
        ("evil.example:8080", "http://evil.example:8080"),
        ("127.0.0.1:8080", "http://localhost:8080"),
        ("127.0.0.1:8080", "https://127.0.0.1:8080"),
        ("127.0.0.1:8080", "null"),
        ("127.0.0.1:8080", ""),
        ("127.0.0.1:8080", None),
    ],
)
def test_nobody_else_may(access: Access, host: str, origin: str | None) -> None:
    assert access.refusal(host, origin, changes=True)


def test_what_others_can_read_is_no_secret(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert recall(settings) is None
    keep(settings, 8080, "secret")
    kept = recall(settings)
    assert kept is not None
    assert (kept.port, kept.token) == (8080, "secret")
    (tmp_path / "results" / settings.name / "page.json").chmod(0o640)
    assert recall(settings) is None


# -- what is shown


def test_foreign_text_is_inert() -> None:
    scenario = load_scenario(REPOSITORY / "labs" / "scenario-3")
    evil = "<script>evil()</script>\x1b]0;evil\x07"
    step = scenario.steps[0]
    evidence = tuple(
        Evidence(
            step=step.id,
            title=step.title,
            proves=step.proves,
            machine=machine,
            kind="host",
            script=evil,
            stdout=evil,
            stderr="",
            status=0,
            seconds=0.1,
            ok=True,
        )
        for machine in ("host", evil)
    )
    told = View(scenario, "en").parts(Outcome(scenario=scenario.name, title="", evidence=evidence))[f"step-{step.id}"]
    assert "&lt;script&gt;evil()&lt;/script&gt;\\x1b]0;evil\\x07" in told
    assert "<script" not in told
    assert "\x1b" not in told


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_the_page_says_everything_in_the_language(code: str) -> None:
    said = set(SCRIPT_TEXTS)
    for file in FOLDER.glob("*.j2"):
        said |= set(re.findall(r"\bt\((?:\"([^\"]+)\"|'[^']*')\)", file.read_text()))
        said |= set(re.findall(r"\bt\('([^']+)'\)", file.read_text()))
    said |= set(re.findall(r'\bt\("([^"]+)"\)', (FOLDER / "server.py").read_text()))
    said.discard("")
    there = set(interface(code, FOLDER)) | set(interface(code))
    assert sorted(said - there) == []
    assert sorted(set(interface(code, FOLDER)) - said) == []


def test_scripts_say_what_is_translated() -> None:
    told = "\n".join(file.read_text() for file in FOLDER.glob("*.js"))
    said = set(re.findall(r'\bt\("([^"]+)"', told))
    assert sorted(said - set(SCRIPT_TEXTS)) == []
    assert [text for text in SCRIPT_TEXTS if f'"{text}"' not in told and text not in page_html()] == []


def page_html() -> str:
    return (FOLDER / "page.html.j2").read_text()


def test_the_terminals_are_xterm_as_it_was_published() -> None:
    for name, digest in ASSETS.items():
        assert hashlib.sha256((FOLDER / "assets" / name).read_bytes()).hexdigest() == digest


def test_nothing_is_loaded_from_elsewhere() -> None:
    for file in (*FOLDER.glob("*.j2"), *FOLDER.glob("*.js"), *FOLDER.glob("*.css")):
        assert re.findall(r"(?:src|href|import|url)\W{1,3}https?:", file.read_text()) == [], file
