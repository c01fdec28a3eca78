"""LAB_HOME and the groups of an ordinary user: what is made, what is left alone, and what is told."""

from __future__ import annotations

import errno
import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.errors import HostError
from provisioning.host import groups, home
from provisioning.machines.vm import places
from provisioning.settings import Settings


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everybody may enter, as no folder of pytest's is."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize(
    ("mode", "owner", "group", "may"),
    [
        (0o755, 0, 0, True),
        (0o700, 0, 0, False),
        (0o710, 0, 0, False),
        (0o710, 0, 7, True),
        (0o701, 0, 0, True),
        (0o701, 0, 7, False),
        (0o700, 9, 0, True),
        (0o077, 9, 7, False),
    ],
)
def test_who_may_enter_a_folder(
    place: Path, monkeypatch: pytest.MonkeyPatch, mode: int, owner: int, group: int, may: bool
) -> None:
    real = place.stat()
    found = os.stat_result((0o040000 | mode, *real[1:4], owner, group, *real[6:]))
    monkeypatch.setattr(Path, "stat", lambda self: found)
    assert home.enters(place, pwd.struct_passwd(("qemu", "x", 9, 9, "", "/", "/bin/false")), [9, 7]) is may


def test_a_home_behind_a_closed_folder_is_told_with_it(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "QEMU_USERS", ("nobody",))
    assert home.refusal(place / "lab") == ""
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    expected = f"QEMU runs as the user nobody, who may not enter {closed} (mode 700)"
    assert home.refusal(closed / "a" / "lab") == expected
    (closed / "lab").mkdir()
    assert home.refusal(closed / "lab") == expected


def test_root_does_not_start_from_what_another_can_change(place: Path) -> None:
    os.chown(place, 65534, -1)
    assert "could change what root's lab starts from" in home.refusal(place)


def test_a_home_that_is_no_folder_is_told(place: Path) -> None:
    (place / "file").touch()
    (place / "link").symlink_to(place / "nowhere")
    assert home.refusal(place / "file") == f"{place / 'file'} is no folder"
    assert home.refusal(place / "file" / "lab") == f"{place / 'file'} is no folder"
    assert home.refusal(place / "link") == f"{place / 'link'} is no folder"


def test_a_home_of_somebody_else_is_told_with_its_owner(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "lab").mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    owner = pwd.getpwuid(os.geteuid()).pw_name
    assert home.refusal(place / "lab") == f"{place / 'lab'} belongs to {owner} and is not yours to write"


def test_a_home_is_made_open_to_read_whatever_the_umask(place: Path) -> None:
    lab = place / "a b" / "lab"
    (command,) = home.commands_to_make(lab, "me", ["sudo"])
    assert command[0] == "sh", "what lies below a folder of one's own needs no root"
    subprocess.run(["sh", "-c", 'umask 077; exec "$@"', "sh", *command], check=True)
    assert [oct(path.stat().st_mode & 0o777) for path in (lab.parent, lab)] == ["0o755", "0o755"]


def test_what_exists_is_never_changed(place: Path) -> None:
    lab = place / "lab"
    (command,) = home.commands_to_make(lab, "me", [])
    lab.mkdir(mode=0o700)
    before = lab.stat()
    assert home.commands_to_make(lab, "me", []) == []
    assert subprocess.run(command, capture_output=True, check=False).returncode, "somebody made it meanwhile"
    assert lab.stat() == before


@pytest.mark.parametrize(
    ("uid", "registered", "held", "join", "awaited"),
    [
        (1000, set(), set(), ["docker", "libvirt", "kvm"], []),
        (1000, {1, 2, 3}, set(), [], ["docker", "libvirt", "kvm"]),
        (1000, {1, 2, 3}, {1, 2, 3}, [], []),
        (1000, {2}, {1}, ["kvm"], ["libvirt"]),
        (0, set(), set(), [], []),
    ],
    ids=["new", "before the next login", "after it", "by newgrp", "root"],
)
def test_groups_hold_from_the_next_login(
    monkeypatch: pytest.MonkeyPatch, uid: int, registered: set[int], held: set[int], join: list[str], awaited: list[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setattr(groups, "_number", {"docker": 1, "libvirt": 2, "kvm": 3}.get)
    monkeypatch.setattr(groups, "_registered", lambda: registered)
    monkeypatch.setattr(groups, "_held", lambda: held)
    assert groups.groups_to_join() == join
    assert groups.awaited_groups() == awaited


def test_a_user_who_has_a_number_and_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that was started for any number."""
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    assert groups.user_name() == "54321"
    assert groups.awaited_groups() == []
    monkeypatch.setattr(groups, "_number", {"docker": 1, "libvirt": 2, "kvm": 3}.get)
    monkeypatch.setattr(groups, "_held", lambda: {1, 2, 3})
    assert groups.groups_to_join() == []
    monkeypatch.setattr(groups, "_held", lambda: {1})
    with pytest.raises(HostError, match=r"54321.*no name"):
        groups.groups_to_join()


def test_a_file_system_without_lists_of_access(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home may lie on one, as on ZFS or FUSE: folders are told by their modes, and the guest by libvirt's agent."""

    def unsupported(*args: object) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(os, "listxattr", unsupported)
    monkeypatch.setattr(os, "setxattr", unsupported)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(home, "QEMU_USERS", ("nobody",))
    place.chmod(0o700)
    assert f"may not enter {place}" in home.refusal(place)
    vm = places.Place(Settings(home=place), "scenario-3", "vm")
    places._make_folder_of_ports(vm)
    assert vm.port.parent.is_dir()
