"""What is installed on a host of another release, and where its base comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.host.packages import NEEDS, package_of
from provisioning.images.base import archives


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


@pytest.mark.parametrize("host", ["bookworm", "trixie", "forky"])
def test_the_base_comes_from_the_archives_of_a_host_of_any_release(host: str) -> None:
    targets = "\n".join(
        [
            f"Debian {host} http://a/debian/ main",
            f"Debian {host} http://a/debian/ contrib",
            f"Debian {host}-updates http://a/debian/ main",
            f"Debian {host}-security http://a/security/ main",
            f"Debian {host}-backports http://a/debian/ main",
            "Docker bookworm http://b/linux/ main",
            "half a line",
        ]
    )
    assert archives(targets, "bookworm") == [
        "deb http://a/debian/ bookworm main",
        "deb http://a/debian/ bookworm-updates main",
        "deb http://a/security/ bookworm-security main",
    ]


def test_updates_alone_make_no_system() -> None:
    assert archives("Debian trixie-updates http://a/debian/ main", "bookworm") == []
