"""An error that nobody caught is a sentence with its cause, where it is not a mistake in the lab itself."""

from __future__ import annotations

import ast
import errno
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.causes import CURES, explained
from provisioning.errors import ANEW, LabError, SilentError, UsageError
from provisioning.settings import REPOSITORY


def told(error: BaseException) -> LabError:
    known = explained(error)
    assert known
    assert known.what.endswith(".")
    assert "\n" not in known.what
    return known


@pytest.mark.parametrize("number", sorted(CURES))
def test_what_the_system_refuses_names_the_file(number: int) -> None:
    known = told(OSError(number, os.strerror(number), "/srv/lab/file"))
    assert known.exit_status == 3
    assert "/srv/lab/file" in known.what
    assert os.strerror(number) in known.what
    assert told(OSError(number, os.strerror(number))).exit_status == 3  # and where it knows of none


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (subprocess.TimeoutExpired(["docker", "version"], 60), "`docker version` did not end within 60 s"),
        (subprocess.TimeoutExpired("docker version", 60), "`docker version` did not end"),
        (subprocess.CalledProcessError(7, ["adduser", "me"]), "`adduser me` ended with status 7"),
        (subprocess.CalledProcessError(7, ["x"], stderr=b"first\nlast\xff\n"), "status 7: last"),
        (subprocess.CalledProcessError(7, ["x"], output="out"), "status 7: out"),
        (MemoryError(), "memory"),
        (RecursionError(), "nested"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), "gone away"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "gone away"),
        (ConnectionRefusedError(), "gone away"),
        (FileNotFoundError(errno.ENOENT, "No such file", "qemu-img"), "'qemu-img' is not installed"),
        (OSError(errno.EPERM, "x", b"/a\xff"), "/a"),
        (OSError(errno.EACCES, "No", "/a", None, "/b"), "/a and /b"),
        (UsageError("What.", "Cure."), "What."),
    ],
)
def test_what_is_told(error: BaseException, words: str) -> None:
    assert words in told(error).what


def test_a_current_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(FileNotFoundError) as raised:
        Path("x").absolute()
    assert told(raised.value).exit_status == 2


@pytest.mark.parametrize(
    "error",
    [
        KeyError("x"),
        AssertionError(),
        TypeError(),
        ValueError(),
        FileNotFoundError(errno.ENOENT, "No", "/x"),
        OSError(),
    ],
)
def test_a_mistake_in_the_lab_stays_one(error: Exception) -> None:
    assert explained(error) is None


def test_an_error_of_the_docker_sdk() -> None:
    import docker.errors
    import requests

    import provisioning.machines.container.engine  # noqa: F401

    assert "it is full" in str(explained(docker.errors.APIError("x", explanation="it is full")))
    assert "stopped answering" in told(requests.exceptions.ReadTimeout()).what


def _errors() -> Iterator[tuple[str, str]]:
    """Where the lab makes an error of its own, and how that is written."""
    for path in sorted((REPOSITORY / "provisioning").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and re.fullmatch(r"\w*Error|ANEW\.replace", ast.unparse(node.func)):
                yield f"{path.name}:{node.lineno}", ast.unparse(node)


def test_a_cure_that_throws_work_away_says_so() -> None:
    every = [(where, told) for where, told in _errors() if not told.startswith("UsageError")]
    found = [(where, told) for where, told in every if re.search("lab.py (reset|down)", told)]
    assert len(found) > 5
    for where, told in found:
        assert re.search("throw|without|nobody needs", told), where


def test_no_cure_harms_others() -> None:
    """To start an engine anew ends the machines of all who use it."""
    for where, told in _errors():
        assert not re.search("restart|start it anew|end that,|what else runs", told.partition(",")[2]), where
    for cure in (*CURES.values(), SilentError("x", 1).cure, ANEW):
        assert not re.search("restart|start it anew|what else runs", cure)
    assert "throws away" in ANEW
