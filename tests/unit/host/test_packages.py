"""What is installed on a host of another release."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.host.packages import NEEDS, package_of


@pytest.mark.parametrize(
    ("known", "expected"),
    [("docker.io docker-cli", "docker-cli"), ("docker.io", "docker.io"), ("", "docker.io"), (None, "docker.io")],
    ids=["Debian 13", "Debian 12", "no lists yet", "no Debian"],
)
def test_a_program_comes_from_the_package_that_the_release_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: str | None, expected: str
) -> None:
    if known is not None:
        apt = tmp_path / "apt-cache"
        apt.write_text(f'#!/bin/sh\nfor last; do :; done\ncase " {known} " in *" $last "*) ;; *) exit 100 ;; esac\n')
        apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert package_of(next(need for need in NEEDS if need.program == "docker")) == expected
