"""How long the command line takes to answer, against importing click and doing nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.timing import Benchmark, Rivals, timed
from provisioning.settings import REPOSITORY

PEER = "python -c 'import click'"


def _process(*argv: str) -> Callable[[], float]:
    command = [sys.executable, *argv]
    return lambda: timed(lambda: subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True))


@contextmanager
def _rivals() -> Iterator[Rivals]:
    yield {
        PEER: _process("-c", "import click"),
        "lab.py --help": _process("lab.py", "--help"),
        "lab.py list": _process("lab.py", "list"),
    }


BENCHMARK = Benchmark("Start of the command line", "Whole processes.", PEER, 15, _rivals)
