"""Terminals of the page, without a browser."""

from __future__ import annotations

import asyncio

from provisioning.machines.host import Host
from provisioning.page.terminal import AHEAD, Terminal


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
