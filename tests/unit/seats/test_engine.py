"""The engine is asked through its client; a program that answers as it does stands in its place."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.errors import HostError, MachineError
from provisioning.seats import engine
from provisioning.seats.engine import PRODUCTS, Engine, Product, connect
from provisioning.settings import Settings
from tests.unit.fakes import stand_in


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    """An engine that listens where nobody else does."""
    place = tmp_path / "unix.socket"
    found = Product("LXD", "lxc", (tmp_path / "none", place), ("LXD_SOCKET", "LXD_CONF"))
    monkeypatch.setattr(engine, "PRODUCTS", (found,))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        yield found


def connected(tmp_path: Path) -> Engine:
    return connect(Settings(name="labx", home=tmp_path / "home"))


def test_only_root_has_a_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(HostError, match="belongs to root"):
        connected(tmp_path)


def test_no_engine_is_told_with_the_cure(tmp_path: Path, product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path / "lxc", "exit 1", monkeypatch)
    with pytest.raises(HostError, match="No LXD or Incus answers") as told:
        connected(tmp_path)
    assert "setup --class" in told.value.cure


def test_the_client_finds_our_server_and_our_project(
    tmp_path: Path, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's own settings may name another server as the usual one."""
    stand_in(tmp_path / "lxc", 'echo "$LXD_SOCKET $LXD_CONF $*"', monkeypatch)
    found = connected(tmp_path)
    folder = tmp_path / "home" / "run" / "labx" / "class"
    assert found.call("list") == f"{product.sockets[1]} {folder} --project labx-class list\n"
    assert folder.stat().st_mode & 0o077 == 0


def test_an_engine_that_is_busy_with_an_instance_is_waited_for(
    tmp_path: Path, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = "echo 'Error: Instance is busy running a \"stop\" operation' >&2; exit 1"
    once = f"[ -e {tmp_path}/asked ] || {{ touch {tmp_path}/asked; {busy}; }}; echo done"
    stand_in(tmp_path / "lxc", "exit 0", monkeypatch)
    found = connected(tmp_path)
    stand_in(tmp_path / "lxc", once, monkeypatch)
    assert found.call("restore") == "done\n"
    stand_in(tmp_path / "lxc", busy, monkeypatch)
    monkeypatch.setattr(engine, "BUSY_FOR", 0.0)
    with pytest.raises(MachineError, match="is busy running"):
        found.call("restore")


def test_a_refusal_is_told_in_the_words_of_the_engine(
    tmp_path: Path, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path / "lxc", "case $* in *1.0) exit 0 ;; esac; echo 'Error: No such thing' >&2; exit 1", monkeypatch)
    with pytest.raises(MachineError, match="LXD refused `start x`: No such thing"):
        connected(tmp_path).call("start", "x")


def test_what_is_fed_by_half_is_an_error(tmp_path: Path, product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path / "lxc", "cat >/dev/null", monkeypatch)
    found = connected(tmp_path)
    found.feed("seat", ["tar", "-x"], ["echo", "all"])
    with pytest.raises(MachineError, match="seat did not take what sh sent"):
        found.feed("seat", ["tar", "-x"], ["sh", "-c", "echo half; exit 1"])


def test_both_engines_are_known() -> None:
    assert [each.program for each in PRODUCTS] == ["incus", "lxc"]
