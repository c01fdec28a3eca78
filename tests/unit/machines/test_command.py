"""Programs that print without end, never end, or leave something behind: lab reads what it needs and goes on."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.errors import HostError, MachineError
from provisioning.machines import command
from provisioning.machines.command import EXCERPT, run
from provisioning.settings import REPOSITORY
from tests.unit.fakes import stand_in

ENDLESS = {
    "to output": "yes",
    "to errors": "yes >&2",
    "to both": "yes & yes >&2",
    "without a newline": "yes | tr -d '\\n'",
    "by what it leaves behind": "yes & exit 0",
    "nothing": "sleep 1000",
    "nothing, by what it leaves behind": "sleep 1000 & exit 0",
    "nothing, its output closed": "exec >&- 2>&-; sleep 1000",
    "deaf to SIGTERM": "trap '' TERM INT HUP; while :; do sleep 1; done",
}


@pytest.mark.parametrize("script", ENDLESS.values(), ids=ENDLESS)
@pytest.mark.parametrize("limit", [None, EXCERPT])
def test_a_program_without_end_is_ended_in_time_and_with_all_that_it_started(
    script: str, limit: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "ANSWER", 2**40)
    alive, held = os.pipe()
    os.set_inheritable(held, True)
    monkeypatch.setattr(command, "bound", lambda argv: _holding(held, argv))
    with pytest.raises(MachineError, match=r"did not end within 0\.5 s"):
        run(["sh", "-c", script], timeout=0.5, limit=limit)
    os.close(held)
    # It ends once nobody holds its other end any more.
    assert select.select([alive], [], [], 10)[0], "something was left"
    os.close(alive)


def _holding(descriptor: int, argv: list[str]) -> list[str]:
    """``argv`` with a descriptor open in it, and in whatever it starts."""
    holder = f"/proc/{os.getpid()}/fd/{descriptor}"
    return ["sh", "-c", f'exec 9>{holder}; exec "$@"', "sh", *argv]


def test_of_much_the_beginning_and_the_end_are_kept_and_the_rest_is_told() -> None:
    result = run(["sh", "-c", "echo first; head -c 5000000 /dev/zero; echo last; echo why >&2"], limit=EXCERPT)
    assert result.stdout.startswith("first\n\0")
    assert result.stdout.endswith("\0last\n")
    assert f"\n… 5,000,011 bytes in all, {result.cut:,} in the middle are left out …\n" in result.stdout
    assert result.cut == 5_000_011 - EXCERPT
    assert result.stderr == "why\n"


@pytest.mark.parametrize("size", [0, 1, EXCERPT // 2, EXCERPT - 1, EXCERPT, EXCERPT + 1, EXCERPT + 2**18])
def test_up_to_the_limit_nothing_is_cut(size: int) -> None:
    result = run(["head", "-c", str(size), "/dev/zero"], limit=EXCERPT)
    assert result.cut == max(0, size - EXCERPT)
    assert result.stdout.count("\0") == min(size, EXCERPT)
    assert ("left out" in result.stdout) == (size > EXCERPT)


def test_a_letter_in_the_middle_stays_whole() -> None:
    assert run(["printf", "한한한"], limit=10).stdout == "한한한"


def test_a_program_that_reads_the_answer_gets_all_of_it_or_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(["head", "-c", "9000000", "/dev/zero"])
    assert (len(whole.stdout), whole.cut) == (9_000_000, 0)
    monkeypatch.setattr(command, "ANSWER", 1000)
    with pytest.raises(MachineError, match="printed more than 1,000 bytes"):
        run(["yes"])


def test_a_hundred_megabytes_cost_no_memory() -> None:
    """Measured in a process of its own, by its largest size ever."""
    measure = (
        "import resource; from provisioning.machines.command import EXCERPT, run; run(['true'])\n"
        "size = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "before = size(); run(['head', '-c', '104857600', '/dev/zero'], limit=EXCERPT); print(size() - before)"
    )
    done = subprocess.run([sys.executable, "-c", measure], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 20


@pytest.mark.parametrize(
    "script",
    ["cat", "cat >&2", "head -c 1000000 /dev/zero; cat", "exec 2>&-; cat", "head -c 10; cat >/dev/null", "true"],
)
def test_what_a_program_reads_is_written_while_it_is_listened_to(script: str) -> None:
    result = run(["sh", "-c", script], stdin="한글 and more\n" * 200_000, timeout=30)
    assert result.status == 0
    if script.endswith("cat"):
        assert result.stdout.lstrip("\0") == "한글 and more\n" * 200_000


def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.raises(HostError, match="'nope-nope' is not installed"):
        run(["nope-nope"])


@pytest.mark.usefixtures("in_haste")
def test_a_command_that_takes_long_while_its_engine_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path / "docker", '[ "$1" = version ] && exit 0; exec sleep 60', monkeypatch)
    with pytest.raises(MachineError, match=r"`docker exec x` did not end within 0.2 s"):
        command.run(["docker", "exec", "x"], timeout=0.2)
