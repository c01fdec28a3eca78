"""LAB_HOME of an ordinary user: what is made, what is left alone, and what is told."""

from __future__ import annotations

import errno
import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.host import home


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


def test_a_file_system_without_lists_of_access(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home may lie on one, as on ZFS or FUSE: folders are told by their modes."""

    def unsupported(*args: object) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(os, "listxattr", unsupported)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(home, "QEMU_USERS", ("nobody",))
    place.chmod(0o700)
    assert f"may not enter {place}" in home.refusal(place)
