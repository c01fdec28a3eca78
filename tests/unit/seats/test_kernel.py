"""What the kernel counts is raised where it is low, and never lowered."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.errors import HostError
from provisioning.seats.kernel import COUNTED, PLENTY, widen


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in COUNTED:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("128\n")
    return tmp_path


def test_what_is_low_is_raised_and_what_is_high_stays(folder: Path) -> None:
    (folder / COUNTED[0]).write_text(f"{PLENTY + 1}\n")
    widen(folder)
    assert [int((folder / name).read_text()) for name in COUNTED] == [PLENTY + 1, PLENTY]


def test_a_kernel_that_refuses_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, _: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(HostError, match="cannot be raised: Permission denied"):
        widen(folder)
