"""What the two parts of the gate say to each other, by a real channel."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from provisioning.seats.door import Door, Doors, Shut, Why
from provisioning.seats.engine import PRODUCTS, Engine
from provisioning.seats.idle import Idle
from provisioning.seats.keeper import Keeper, Porter, channel
from provisioning.seats.links import Links
from provisioning.settings import Settings

ENGINE = Engine(PRODUCTS[0], Path("/nowhere"), "lab", Path("/nowhere"))


class Watcher(Idle):
    """Wakes nothing, and notes who was active and who was to be woken."""

    def __init__(self, home: Path) -> None:
        super().__init__(Settings(home=home), ENGINE, 0)
        self.noted: list[str] = []

    def acted(self, holder: str) -> None:
        self.noted.append(holder)

    async def watch(self) -> None:
        pass

    async def wake(self, holder: str) -> bool:
        self.noted.append(f"wake {holder}")
        return True


class Seats(Doors):
    """Doors to pages that tell their learner's name."""

    def __init__(self) -> None:
        super().__init__(ENGINE)
        self.restarted: list[str] = []
        self.anew: list[bool] = []
        self.knocked: list[str] = []

    async def connect(self, holder: str, *, anew: bool = False) -> tuple[socket.socket, Door]:
        self.anew.append(anew)
        if holder == "Bo":
            raise Shut(Why.NOT_RUNNING)
        if holder == "Cy":
            raise Shut(Why.ASLEEP)
        here, there = socket.socketpair()
        there.sendall(holder.encode())
        there.close()
        return here, Door(token="inside", scenarios=("scenario-3",))  # noqa: S106 (no secret)

    async def refused(self, holder: str) -> None:
        self.restarted.append(holder)

    def knock(self, holder: str) -> None:
        self.knocked.append(holder)


def spoken(
    tmp_path: Path,
    say: Callable[[Porter, socket.socket, dict[str, str]], Awaitable[None]],
    idle: Watcher | None = None,
) -> Seats:
    """Have a porter say something to a keeper, and then end."""
    seats, links, watcher = Seats(), Links(tmp_path), idle or Watcher(tmp_path)
    tokens = dict(links.ensure(["Ada", "Bo", "Cy"]))

    async def both() -> None:
        kept, given = channel()
        ready = asyncio.Event()
        keeping = asyncio.create_task(Keeper(kept, links, seats, watcher).keep(ready.set))
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


def test_who_does_something_is_there_and_wakes_the_seat(tmp_path: Path) -> None:
    """A page that looks for its server by itself does not."""
    watcher = Watcher(tmp_path)

    async def say(porter: Porter, _: socket.socket, tokens: dict[str, str]) -> None:
        for active in (False, True):
            with pytest.raises(Shut) as told:
                await porter.connect(tokens["Cy"], active=active)
            assert told.value.why == (Why.WAKING if active else Why.ASLEEP)
        await porter.ask(tokens["Ada"])
        assert (await porter.ask(tokens["Ada"], active=True)).why is None
        assert not (await porter.ask("wrong", active=True)).holder

    seats = spoken(tmp_path, say, watcher)
    assert watcher.noted == ["Cy", "wake Cy", "Ada"]
    assert seats.knocked == ["Cy"]


def test_what_is_known_of_a_suspended_seat_is_not_believed(tmp_path: Path) -> None:
    watcher = Watcher(tmp_path)
    watcher.still["Ada"] = "hand"

    async def say(porter: Porter, _: socket.socket, tokens: dict[str, str]) -> None:
        assert (await porter.ask(tokens["Ada"])).why == Why.SUSPENDED
        for _each in range(2):
            (await porter.connect(tokens["Ada"]))[1].close()
        assert (await porter.ask(tokens["Ada"])).why is None

    assert spoken(tmp_path, say, watcher).anew == [True, False]


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
