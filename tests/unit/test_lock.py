"""Who holds a lab, and what becomes of the children of one who was killed."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from provisioning.errors import BusyError, HostError
from provisioning.lock import EVERY, locked, reading, writer
from provisioning.progress import Quiet
from provisioning.settings import REPOSITORY, Settings


@contextmanager
def child(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """A program that a process of this lab left running."""
    process = subprocess.Popen(["sleep", "60"], env={**os.environ, **settings.signature})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_the_next_holder_ends_the_children_of_the_last_and_nobody_else_s(tmp_path: Path) -> None:
    ours, of_another_home = Settings(home=tmp_path / "one"), Settings(home=tmp_path / "two")
    with child(ours) as left, child(of_another_home) as another:
        with locked(ours, "a test", Quiet()):
            assert left.wait(10) == -signal.SIGKILL
        assert another.poll() is None


def test_a_lab_of_the_same_home_in_a_container_is_another(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    argv = ["unshare", "--pid", "--fork", "--kill-child", "--", "sh", "-c", "echo there; exec sleep 60"]
    # The one in the namespace bears the mark, the one that made the namespace does not.
    marked = [*argv[:5], "env", *(f"{name}={value}" for name, value in settings.signature.items()), *argv[5:]]
    with subprocess.Popen(marked, stdout=subprocess.PIPE, text=True) as container:
        assert container.stdout is not None
        assert container.stdout.readline() == "there\n"
        with locked(settings, "a test", Quiet()):
            pass
        assert container.poll() is None
        container.kill()


HOLD = """
import sys
from pathlib import Path
from provisioning.lock import locked, reading
from provisioning.progress import Quiet
from provisioning.settings import Settings
settings = Settings(home=Path(sys.argv[1]))
what = {
    "run one": lambda: reading(settings, "one", "run one", Quiet()),
    "run two": lambda: reading(settings, "two", "run two", Quiet()),
    "up one": lambda: locked(settings, "up one", Quiet()),
    "reset one": lambda: locked(settings, "reset one", Quiet(), discards="one"),
    "down": lambda: locked(settings, "down", Quiet(), discards="EVERY"),
}[sys.argv[2]]
with what():
    print("held", flush=True)
    sys.stdin.read()
"""


class Told(Quiet):
    """Keeps the title of a phase."""

    def __init__(self) -> None:
        self.first = threading.Event()
        self.title = ""

    @contextmanager
    def phase(self, title: str, *, lasting: bool = True) -> Iterator[Quiet]:
        self.title = title
        self.first.set()
        yield self


@contextmanager
def another(home: Path, doing: str) -> Iterator[subprocess.Popen[str]]:
    """A process that begins to hold a lab, and holds it until the context is left."""
    argv = [sys.executable, "-c", HOLD, str(home), doing]
    with subprocess.Popen(argv, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.communicate()


def held(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"


TOGETHER = [
    ("run one", "run one"),
    ("run one", "run two"),
    ("run one", "up one"),
    ("up one", "run one"),
    ("reset one", "run two"),
    ("run two", "reset one"),
]
APART = [
    ("run one", "reset one"),
    ("reset one", "run one"),
    ("run one", "down"),
    ("down", "run two"),
    ("up one", "up one"),
    ("reset one", "up one"),
    ("down", "reset one"),
]


@pytest.mark.parametrize(("first", "second"), TOGETHER, ids=" beside ".join)
def test_who_looks_is_in_nobody_s_way_but_who_throws_away(tmp_path: Path, first: str, second: str) -> None:
    with another(tmp_path, first) as one:
        held(one)
        with another(tmp_path, second) as two:
            held(two)


@pytest.mark.parametrize(("first", "second"), APART, ids=" before ".join)
def test_who_throws_away_waits_for_who_looks_and_names_him(tmp_path: Path, first: str, second: str) -> None:
    """Asked without waiting: the second is refused, with the first one's process and verb."""
    kinds: dict[str, Any] = {
        "run one": None,
        "run two": None,
        "up one": {},
        "reset one": {"discards": "one"},
        "down": {"discards": EVERY},
    }
    settings, said = Settings(home=tmp_path), Told()
    with another(tmp_path, first) as one:
        held(one)
        if kinds[second] is not None:
            with (
                pytest.raises(BusyError, match=f"process {one.pid}"),
                locked(settings, second, said, wait=False, **kinds[second]),
            ):
                pass
            return
        waiting = threading.Thread(target=look, args=(settings, second.removeprefix("run "), said))
        waiting.start()
        assert said.first.wait(10)
        assert f"process {one.pid} (`{first}`)" in said.title
        one.communicate()
        waiting.join(10)
        assert not waiting.is_alive()


def look(settings: Settings, scenario: str, said: Told) -> None:
    with reading(settings, scenario, f"run {scenario}", said):
        pass


def test_a_note_that_is_no_text_keeps_nobody_out(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / settings.name).write_bytes(b"\xff\0")
    with (tmp_path / "locks" / settings.name).open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert writer(settings)
        with pytest.raises(BusyError, match="holds the lab"), locked(settings, "up", Quiet(), wait=False):
            pass
    with locked(settings, "up", Quiet(), wait=False):
        assert writer(settings) == f"process {os.getpid()} (`up`)"


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("a file")
    with pytest.raises(HostError, match="cannot be written"), locked(Settings(home=home), "up", Quiet()):
        pass
