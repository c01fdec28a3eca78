"""Who holds a lab, and what becomes of the children of one who was killed."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from provisioning.lock import locked
from provisioning.progress import Quiet
from provisioning.settings import Settings


@contextmanager
def child(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """A program that a driver of this lab left running."""
    process = subprocess.Popen(["sleep", "60"], env={**os.environ, **settings.mark})
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
