"""How long the command line takes to answer, against importing click and doing nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from timing import interleave, report, timed

REPOSITORY = Path(__file__).resolve().parent.parent
PEER = "python -c 'import click'"


def process(*argv: str) -> Callable[[], float]:
    """A rival: one whole process."""
    command = [sys.executable, *argv]
    return lambda: timed(lambda: subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True))


if __name__ == "__main__":
    rivals = {
        PEER: process("-c", "import click"),
        "lab.py --help": process("lab.py", "--help"),
        "lab.py list": process("lab.py", "list"),
    }
    report("Start of the command line", interleave(rivals, 15), PEER)
