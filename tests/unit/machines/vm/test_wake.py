"""How the program tells a guest the time, without a guest."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioning.errors import MachineError
from provisioning.machines.vm import wake
from provisioning.playbook import ROLES
from provisioning.settings import REPOSITORY

PROGRAM = ROLES / "common" / "files" / "vm" / wake.PROGRAM.removeprefix("/")
XML = "<domain><devices><channel><source path='{}'/><target name='lab.wake.0'/></channel></devices></domain>"
Answer = Callable[[dict[str, Any]], list[dict[str, Any]]]


def port(path: Path, answer: Answer) -> str:
    """A port with somebody behind it; the domain that has it."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve() -> None:
        while True:
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as lines:
                for line in lines:
                    for said in answer(json.loads(line)) if line.strip() else []:
                        connection.sendall(json.dumps(said).encode() + b"\n")

    threading.Thread(target=serve, daemon=True).start()
    return XML.format(path)


def test_a_guest_that_hears_late_is_told_a_later_time(tmp_path: Path) -> None:
    told: list[float] = []

    def two_seconds_late(said: dict[str, Any]) -> list[dict[str, Any]]:
        told.append(said["time"] - time.time())
        return [{"id": said["id"], "time": said["time"] - 2}]

    wake.tell("a", port(tmp_path / "port", two_seconds_late), {}, time.monotonic() + 5)
    assert [round(each, 1) for each in told] == [0, 2]


def test_what_an_earlier_talk_left_is_no_answer(tmp_path: Path) -> None:
    def after_another(said: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"id": "of another talk", "time": 0}, {"id": said["id"], "time": time.time()}]

    wake.tell("a", port(tmp_path / "port", after_another), {}, time.monotonic() + 5)


def test_a_clock_that_stays_wrong_is_told(tmp_path: Path) -> None:
    def stuck(said: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"id": said["id"], "time": 0}]

    with pytest.raises(MachineError, match="does not take the time"):
        wake.tell("a", port(tmp_path / "port", stuck), {}, time.monotonic())


def test_a_port_that_nobody_holds_is_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "port"))
    with pytest.raises(MachineError, match="does not answer on its port"):
        wake.tell("a", XML.format(tmp_path / "port"), {}, time.monotonic() + 5)


@pytest.mark.parametrize("line", ["", "\n", '{"id": "a"', '{"id": "a", "time": 1}', "[]", "7"])
def test_the_guest_does_not_obey_half_a_line(line: str) -> None:
    done = subprocess.run([sys.executable, PROGRAM, "--once"], input=line.encode(), capture_output=True, check=True)
    assert done.stdout == b""


def test_the_port_has_one_name() -> None:
    files = [PROGRAM, *(ROLES / "common" / "files" / "vm" / "etc").rglob("*lab-wake*")]
    places = [path.read_text() for path in (*files, REPOSITORY / "Vagrantfile")]
    assert len(places) == 4 and all(wake.PORT in text for text in places)
