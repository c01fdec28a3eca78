"""Where a base comes from, on a host of another release."""

from __future__ import annotations

import pytest

from provisioning.images.base import archives


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
