"""How a VM's disk is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.machines import Result
from provisioning.machines.vm import disk


@pytest.mark.parametrize(
    ("forbidden", "status", "expected"),
    [("0", 0, "io_uring"), ("0", 1, "threads"), ("1", 0, "threads"), (None, 0, "io_uring"), (None, 1, "threads")],
    ids=["both have it", "QEMU or the kernel lacks it", "for root alone", "an older kernel", "a much older kernel"],
)
def test_disks_are_read_by_io_uring_where_that_is_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forbidden: str | None, status: int, expected: str
) -> None:
    file = tmp_path / "io_uring_disabled"
    if forbidden is not None:
        file.write_text(f"{forbidden}\n")
    monkeypatch.setattr(disk, "IO_URING_DISABLED", file)
    monkeypatch.setattr(disk, "run", lambda argv: Result(status, "", "", 0.0))
    disk.io.cache_clear()
    assert disk.io() == expected
    disk.io.cache_clear()
