"""Seats that nobody uses, or whose class is over, are suspended after a warning, and come back with everything."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.websocket import WebSocketClientConnection

from provisioning import names
from provisioning.page.gate import STILL
from provisioning.seats.grades import class_folder
from provisioning.seats.idle import GRACE, sessions
from provisioning.seats.notices import Notices
from provisioning.settings import Settings, load_settings
from tests.engine.conftest import LAB, PATIENCE, in_terminal, lab, lab_json, until
from tests.engine.learner import Learner
from tests.engine.test_class import SCENARIO, certificate
from tests.engine.test_readme import VM, write_scenario
from tests.page.browser import Page, chromium

FIRST, SECOND = (names.of_seat(LAB, number) for number in (1, 2))
SILENCE = 14.0
"""Seconds that may go by in these seats."""


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings({**os.environ, "LAB_NAME": LAB})


@pytest.fixture(scope="module")
def notices(settings: Settings) -> Notices:
    return Notices(class_folder(settings))


@pytest.fixture(scope="module", autouse=True)
def seats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The class is up: two seats without names."""
    done = lab("setup", "--class", "--yes")
    assert done.returncode == 0, done.stderr
    folder = tmp_path_factory.mktemp("class")
    write_scenario(folder, without=VM)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LAB_SCENARIOS", str(folder))
        try:
            done = lab("class", "up", SCENARIO, "--seats", "2", "--yes", timeout=1800)
            assert done.returncode == 0, done.stderr
            yield
        finally:
            lab("class", "down")


@pytest.fixture(scope="module")
def port() -> int:
    with socket.create_server(("", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def patient(port: int) -> None:
    """The class is served, and nobody may be silent for long."""
    serve(port, SILENCE / 60)


def serve(port: int, idle: float) -> None:
    done = lab("class", "serve", "--port", str(port), "--idle", str(idle))
    assert done.returncode == 0, done.stderr


def come(seat: str, settings: Settings) -> Learner:
    """Have a learner come by the link, and see the lesson."""
    (slip,) = lab_json("class", "links", seat)
    learner = Learner(slip["link"], certificate(settings, slip["link"]))
    assert learner.enter().status == 200
    assert "A machine answers to a name" in learner.page().text
    return learner


def standing(seat: str) -> tuple[str, str, str]:
    """Return how a seat stands, as the instructor is told."""
    (told,) = (each for each in lab_json("class", "status") if each["seat"] == seat)
    return told["state"], told["need"], told["suspended"]


async def heard(window: WebSocketClientConnection, what: Callable[[Any], bool]) -> None:
    """Wait until a page is told something."""
    async with asyncio.timeout(PATIENCE):
        while (said := await window.read_message()) is not None:
            if what(json.loads(said)):
                return
    raise AssertionError(f"the gate hung up: {window.close_reason}")


async def farewell(window: WebSocketClientConnection) -> tuple[int | None, str | None]:
    """Wait until a WebSocket ends; return with which code, and why."""
    async with asyncio.timeout(PATIENCE):
        while await window.read_message() is not None:
            pass
    return window.close_code, window.close_reason


def warned_of(why: str) -> Callable[[Any], bool]:
    return lambda told: ((told.get("seat") or {}).get("pause") or {}).get("why") == why


def test_a_silent_seat_is_suspended_and_comes_back_with_everything(patient: None, settings: Settings) -> None:
    learner = come(FIRST, settings)
    terminal = json.loads(learner.ask(f"/terminals/{SCENARIO}", {"machine": "host", "further": True}).text)["id"]
    shown = learner.type_in(terminal, 'kept=$RANDOM; echo "<$kept>"', r"<\d+>")
    (number,) = re.findall(r"<(\d+)>", shown)

    async def silent() -> None:
        window = await learner.window(f"/events/{SCENARIO}")
        await heard(window, warned_of("silence"))
        assert await farewell(window) == (STILL, "asleep")

    asyncio.run(silent())
    assert standing(FIRST) == ("frozen", "suspended", "silence")
    assert learner.window_status(f"/events/{SCENARIO}") == 503
    assert standing(FIRST)[0] == "frozen", "a page that was left open wakes it"
    answer = learner.ask("/")
    assert (answer.status, answer.headers["Refresh"]) == (503, "2")
    assert "It comes back with everything." in answer.text
    assert "A machine answers to a name" in learner.page().text
    assert standing(FIRST)[0] == "running"
    assert f"[{number}]" in learner.type_in(terminal, 'echo "[$kept]"', r"\[\d+\]")


@pytest.mark.page
def test_who_says_so_is_there(patient: None, settings: Settings, notices: Notices, tmp_path: Path) -> None:
    """The button on the page keeps a seat awake, and so does typing."""
    come(SECOND, settings)
    (slip,) = lab_json("class", "links", SECOND)
    with chromium(tmp_path) as chrome:
        chrome.execute_cdp_cmd("Security.setIgnoreCertificateErrors", {"ignore": True})
        page = Page(chrome)
        page.open(slip["link"])
        keys = page.prompt("host")

        def warned() -> float:
            pause = page.until(lambda: notices.read().pauses.get(SECOND), "the warning")
            page.until(lambda: "Nobody is active here." in page.text("#class"), "the warning on the page")
            return float(pause.at)

        def is_heard() -> None:
            page.until(lambda: "Nobody is active here." not in page.text("#class"), "that the warning goes")

        first = warned()
        page.click("#here")
        is_heard()
        second = warned()
        assert time.time() > first, "it was not to be suspended yet"
        assert second > first
        page.enter(keys, "echo here$((1+1))")
        is_heard()
        page.shows("here2")
    assert standing(SECOND)[0] == "running"


def test_seats_are_suspended_after_the_end_and_come_back_when_it_is_put_off(
    port: int, settings: Settings, notices: Notices
) -> None:
    serve(port, 0)
    learner = come(FIRST, settings)
    come(SECOND, settings)

    async def over() -> None:
        window = await learner.window(f"/events/{SCENARIO}")
        notices.end(time.time() - GRACE + 5)
        await heard(window, warned_of("over"))
        assert await farewell(window) == (STILL, "over")

    asyncio.run(over())
    assert [standing(seat) for seat in (FIRST, SECOND)] == [("frozen", "suspended", "over")] * 2
    for _ in range(2):
        answer = learner.ask("/")
        assert (answer.status, "The instructor can extend the class." in answer.text) == (503, True)
    assert standing(FIRST)[0] == "frozen", "the learner's visit wakes it"
    assert lab("class", "resume", "1").returncode == 0
    assert "A machine answers to a name" in learner.page().text
    assert standing(SECOND)[0] == "frozen"
    notices.end(time.time() + 3600)
    until(lambda: standing(SECOND)[0] == "running", "the second seat")
    assert standing(FIRST)[0] == "running"


def test_what_the_instructor_suspended_no_learner_wakes(port: int, settings: Settings) -> None:
    serve(port, 0)
    learner = come(FIRST, settings)

    async def suspended() -> None:
        window = await learner.window(f"/events/{SCENARIO}")
        assert (await asyncio.to_thread(lab, "class", "suspend", "1")).returncode == 0
        assert await farewell(window) == (STILL, "suspended")

    asyncio.run(suspended())
    answer = learner.ask("/")
    assert (answer.status, "The instructor has suspended your seat." in answer.text) == (503, True)
    assert standing(FIRST) == ("frozen", "suspended", "hand")
    assert lab("class", "resume", "1").returncode == 0
    assert "A machine answers to a name" in learner.page().text


def test_the_instructor_is_in_a_seat_until_the_terminal_is_closed() -> None:
    """A learner's program that is called like the engine's is none."""
    project = names.of_class(LAB)
    claim = f"exec -a 'lxd forkexec {project}_{SECOND} x' sleep infinity"
    assert lab("class", "shell", "2", piped=f'bash -c "{claim}" >/dev/null 2>&1 &').returncode == 0
    with in_terminal("class", "shell", "1") as (shell, terminal):
        assert until(lambda: sessions(project, 0), "the session") == {FIRST}
        os.close(terminal)
        shell.wait(PATIENCE)
    until(lambda: not sessions(project, 0), "its end")
    assert lab("class", "shell", "2", piped="pkill -f forkexec").returncode == 0
