"""Ctrl-C, SIGTERM and a lost terminal end the program in seconds, whatever it waits for, and its clean-up is made.

The program here is the real one, with verbs of the tests' own; a program that it starts tells by a pipe that it runs.
"""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from provisioning.settings import REPOSITORY

PROGRAM = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
sys.path.insert(0, {repository!r})
from pathlib import Path
from provisioning.__main__ import main
from provisioning.machines.command import run
from provisioning.show.screen import Screen
from provisioning.verbs import lab

here = Path({here!r})

@lab.command()
def runs():
    with ThreadPoolExecutor() as pool:
        pool.submit(run, ["sh", str(here / "program")], timeout=600).result()

@lab.command()
def boots():
    import vagrant
    with ThreadPoolExecutor() as pool:
        pool.submit(lambda: list(vagrant.Vagrant(root="/").up(stream_output=True))).result()

@lab.command()
def cleans():
    try:
        run(["sh", str(here / "program")], timeout=600)
    finally:
        (here / "told").write_text("cleaning")
        (here / "answer").read_text()
        (here / "cleaned").touch()

@lab.command()
def works():
    with Screen().phase("A phase") as phase:
        (here / "told").write_text("working")
        (here / "answer").read_text()
    (here / "cleaned").touch()

main()
"""
OBEDIENT = 'echo $$ >"$(dirname "$0")/told"; exec sleep 600\n'
STUBBORN = 'trap "" TERM INT HUP; echo $$ >"$(dirname "$0")/told"; while :; do sleep 1; done\n'


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for pipe in ("told", "answer"):
        os.mkfifo(tmp_path / pipe)
    return tmp_path


@contextmanager
def begun(
    here: Path, verb: str, program: str = OBEDIENT, stderr: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    """The program, once what it does has told that it is under way; in a session of its own, as a terminal's."""
    for name in ("program", "vagrant"):
        (here / name).write_text(f"#!/bin/sh\n{program}")
        (here / name).chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(repository=str(REPOSITORY), here=str(here)), verb],
        env={"PATH": f"{here}:/usr/bin:/bin", "LAB_HOME": "/srv/nobody"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def ended(process: subprocess.Popen[str], status: int = 130) -> None:
    _, said = process.communicate(timeout=30)
    assert process.returncode == status, said
    assert said is None or ("Traceback" not in said and "Exception" not in said), said
    assert said is None or said.count("Interrupted.") == 1, said


def told(here: Path) -> str:
    return (here / "told").read_text().strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("program", [OBEDIENT, STUBBORN], ids=["obedient", "stubborn"])
@pytest.mark.parametrize("verb", ["runs", "boots"])
def test_a_signal_ends_the_driver_and_what_it_waits_for(
    verb: str, program: str, number: signal.Signals, here: Path
) -> None:
    """It is sent to the program alone, as by `kill` and `docker stop`."""
    with begun(here, verb, program) as process:
        child = told(here)
        process.send_signal(number)
        ended(process)
        assert not Path(f"/proc/{child}").exists()


def test_a_lost_terminal_is_told_twice_and_does_not_end_the_clean_up(here: Path) -> None:
    with begun(here, "cleans") as process:
        told(here)
        process.send_signal(signal.SIGHUP)
        assert told(here) == "cleaning"
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        (here / "answer").write_text("")
        ended(process)
        assert (here / "cleaned").exists()


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_while_it_cleans_up_ends_it_at_once(first: signal.Signals, here: Path) -> None:
    with begun(here, "cleans") as process:
        told(here)
        process.send_signal(first)
        assert told(here) == "cleaning"
        process.send_signal(signal.SIGINT)
        ended(process)
        assert not (here / "cleaned").exists()


def test_nohup_is_heeded(here: Path) -> None:
    kept = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with begun(here, "works") as process:
            assert told(here) == "working"
            process.send_signal(signal.SIGHUP)
            (here / "answer").write_text("")
            assert process.wait(30) == 0
            assert (here / "cleaned").exists()
    finally:
        signal.signal(signal.SIGHUP, kept)


def test_work_goes_on_when_nobody_reads_its_progress(here: Path) -> None:
    """A pipe whose reader is gone, and a terminal that is."""
    reading, pipe = os.pipe()
    master, terminal = pty.openpty()
    for reader, writer in ((reading, pipe), (master, terminal)):
        with begun(here, "works", stderr=writer) as process:
            os.close(writer)
            assert told(here) == "working"
            os.close(reader)
            (here / "answer").write_text("")
            assert process.wait(30) == 0
            assert (here / "cleaned").exists()
        (here / "cleaned").unlink()


SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])


@SIGNALS
def test_a_signal_while_the_driver_starts(number: signal.Signals) -> None:
    """It comes before Python is ready to take it."""

    def come() -> None:
        signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_BLOCK, {number})
        os.kill(os.getpid(), number)

    argv = [sys.executable, str(REPOSITORY / "lab.py"), "list"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, preexec_fn=come)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "✘ Interrupted.\n  The next start puts right what was under way.\n"


def come_in(program: str) -> subprocess.CompletedProcess[str]:
    """Run the real driver with a verb `comes` and a function `come`, by which the process sends itself a signal."""
    lines = ["import atexit, os, sys", f"sys.path.insert(0, {str(REPOSITORY)!r})", program]
    lines += ["from provisioning.__main__ import main", "from provisioning.verbs import lab"]
    lines += ["@lab.command()", "def comes(): verb()", "main()"]
    return subprocess.run(
        [sys.executable, "-c", "\n".join(lines), "comes"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@SIGNALS
def test_a_signal_of_which_python_makes_another_error(number: signal.Signals) -> None:
    """As while a class is made."""
    program = f"class Comes:\n    def __set_name__(self, *of): os.kill(os.getpid(), {number:d})\n"
    done = come_in(f"{program}def verb(): type('Class', (), {{'it': Comes()}})")
    assert (done.returncode, done.stderr.splitlines()[0]) == (130, "✘ Interrupted.")


@SIGNALS
def test_a_signal_once_all_is_done(number: signal.Signals) -> None:
    done = come_in(f"def verb(): atexit.register(os.kill, os.getpid(), {number:d})")
    assert (done.returncode, done.stderr) == (-number, "")
