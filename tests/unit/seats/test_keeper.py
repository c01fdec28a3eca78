"""What the two parts of the gate say to each other, by a real channel."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from provisioning.seats.door import Door, Doors, Shut, Why
from provisioning.seats.engine import PRODUCTS, Engine
from provisioning.seats.keeper import Keeper, Porter, channel
from provisioning.seats.links import Links


class Seats(Doors):
    """Doors to pages that tell their learner's name."""

    def __init__(self) -> None:
        super().__init__(Engine(PRODUCTS[0], Path("/nowhere"), "lab", Path("/nowhere")))
        self.restarted: list[str] = []

    async def connect(self, holder: str) -> tuple[socket.socket, Door]:
        if holder == "Bo":
            raise Shut(Why.NOT_RUNNING)
        here, there = socket.socketpair()
        there.sendall(holder.encode())
        there.close()
        return here, Door(token="inside", scenarios=("scenario-3",))  # noqa: S106 (no secret)

    async def refused(self, holder: str) -> None:
        self.restarted.append(holder)


def spoken(tmp_path: Path, say: Callable[[Porter, socket.socket, dict[str, str]], Awaitable[None]]) -> Seats:
    """Have a porter say something to a keeper, and then end."""
    seats, links = Seats(), Links(tmp_path)
    tokens = dict(links.ensure(["Ada", "Bo"]))

    async def both() -> None:
        kept, given = channel()
        ready = asyncio.Event()
        keeping = asyncio.create_task(Keeper(kept, links, seats).keep(ready.set))
        porter = Porter(given)
        porter.begin()
        await ready.wait()
        await say(porter, given, tokens)
        asyncio.get_running_loop().remove_reader(given)
        given.close()
        assert await keeping is False, "no signal came"
        kept.close()

    asyncio.run(both())
    return seats


def test_a_token_brings_a_connection_to_its_own_seat(tmp_path: Path) -> None:
    async def say(porter: Porter, _: socket.socket, tokens: dict[str, str]) -> None:
        assert await porter.holder(tokens["Bo"]) == "Bo"
        answer, connection = await porter.connect(tokens["Ada"])
        with connection:
            assert connection.recv(100) == b"Ada"
        assert (answer.holder, answer.opens, answer.scenarios) == ("Ada", "inside", ("scenario-3",))
        with pytest.raises(Shut) as told:
            await porter.connect(tokens["Bo"])
        assert told.value.why == Why.NOT_RUNNING

    assert spoken(tmp_path, say).restarted == []


def test_a_page_that_did_not_know_its_token_is_told_of(tmp_path: Path) -> None:
    async def say(porter: Porter, _: socket.socket, tokens: dict[str, str]) -> None:
        (await porter.connect(tokens["Ada"], refused=True))[1].close()

    assert spoken(tmp_path, say).restarted == ["Ada"]


def test_no_token_brings_nothing(tmp_path: Path) -> None:
    async def say(porter: Porter, _: socket.socket, tokens: dict[str, str]) -> None:
        for wrong in ("", "Ada", tokens["Ada"] + "a", "a" * 10**6):
            assert await porter.holder(wrong) == ""
            with pytest.raises(Shut):
                await porter.connect(wrong, refused=True)

    assert spoken(tmp_path, say).restarted == []


def test_the_keeper_takes_nothing_on_trust(tmp_path: Path) -> None:
    async def say(porter: Porter, end: socket.socket, tokens: dict[str, str]) -> None:
        for said in (b"\xff", b"[]", b"{}", b'{"number":1}', b'{"number":"a","token":1,"connect":[]}', b"[" * 9000):
            end.send(said)
        assert await porter.holder(tokens["Ada"]) == "Ada"

    spoken(tmp_path, say)


def test_the_porter_ends_with_the_keeper() -> None:
    async def say() -> None:
        kept, given = channel()
        porter = Porter(given)
        porter.begin()
        kept.close()
        await asyncio.wait_for(porter.over.wait(), 60)
        with pytest.raises(Shut):
            await porter.connect("a")
        given.close()

    asyncio.run(say())
