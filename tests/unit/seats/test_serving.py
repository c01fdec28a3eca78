"""The gate as a process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.errors import BusyError, UsageError
from provisioning.seats.serving import Serving, Wish, checked_name, names_of_host
from provisioning.settings import REPOSITORY, Settings

WISH = Wish(address="", port=8443, names=("192.0.2.7",))
HOLD = """
import sys, time
from pathlib import Path
from provisioning.seats.serving import Serving
from provisioning.settings import Settings
with Serving(Settings(home=Path(sys.argv[1]))).held():
    print("held", flush=True)
    time.sleep(1000)
"""


@pytest.fixture
def serving(tmp_path: Path) -> Serving:
    return Serving(Settings(home=tmp_path))


def test_nobody_asked_for_it(serving: Serving) -> None:
    assert (serving.wish(), serving.process(), serving.stop()) == (None, 0, False)


def test_there_is_one_at_a_time_and_its_end_is_awaited(serving: Serving, tmp_path: Path) -> None:
    argv = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=REPOSITORY) as gate:
        assert gate.stdout
        gate.stdout.readline()
        serving.keep(WISH)
        assert serving.wish() == WISH
        assert serving.process() == gate.pid
        with pytest.raises(BusyError), serving.held():
            pass
        assert serving.stop()
        assert (serving.wish(), serving.process()) == (None, 0)
    assert not serving.stop()


def test_the_number_of_one_that_was_killed_is_nobodys(serving: Serving) -> None:
    """By now another process may have it: here this one."""
    with serving.held():
        pass
    serving.keep(WISH)
    assert serving.process() == 0
    assert not serving.stop()


def test_a_link_is_an_address_of_this_host() -> None:
    assert WISH.link("a-b") == "https://192.0.2.7:8443/?token=a-b"
    assert Wish(address="", port=443, names=("fd00::2",)).link("a-b") == "https://[fd00::2]/?token=a-b"
    assert "127.0.0.1" in names_of_host()
    assert names_of_host()[0] != "127.0.0.1" or len(names_of_host()) < 4


@pytest.mark.parametrize("name", ["", "https://a", "a:8443", "a b", "-a", "a..b", "a" * 64, "../a", "*.a", "a\n"])
def test_a_name_that_no_host_has_is_told(name: str) -> None:
    with pytest.raises(UsageError, match="neither a host's name nor an address"):
        checked_name(name)
