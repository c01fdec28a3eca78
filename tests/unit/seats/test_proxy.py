"""What seats may reach: what the instructor writes, and what the proxy is told. Whether it holds: tests/engine."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path

import pytest

from provisioning.errors import UsageError
from provisioning.seats.proxy import PORT, configuration, filters, parse_allowed

ALLOWED = ["deb.debian.org:80", "mirror-1.example.ac.kr:443", "10.191.255.2:8080"]


@pytest.mark.parametrize(
    "wish",
    [
        "",
        "deb.debian.org",
        ":80",
        "deb.debian.org:",
        "deb.debian.org:0",
        "deb.debian.org:080",
        "deb.debian.org:65536",
        "http://deb.debian.org:80",
        "deb.debian.org:80/",
        "deb debian:80",
        "user@deb.debian.org:80",
        "*.debian.org:80",
        ".*:80",
        "deb.debian.org:80\n.*",
        "::1:80",
        f"{'a' * 254}:80",
        "none",
    ],
)
def test_what_is_no_host_and_port_is_refused(wish: str) -> None:
    with pytest.raises(UsageError, match="no HOST:PORT"):
        parse_allowed([wish, "deb.debian.org:80"])


def passes(target: str) -> bool:
    """Return True if the proxy lets a request pass, by its rule that one of the expressions must be found in it."""
    return any(re.search(line, target, re.IGNORECASE) for line in filters(ALLOWED).splitlines())


@pytest.mark.parametrize(
    "target",
    [
        "http://deb.debian.org/debian/dists/bookworm/InRelease",
        "http://deb.debian.org:80/",
        "HTTP://DEB.DEBIAN.ORG/",
        "http://10.191.255.2:8080/a",
        "mirror-1.example.ac.kr:443",
        "deb.debian.org:80",
    ],
)
def test_what_is_allowed_passes(target: str) -> None:
    assert passes(target)


@pytest.mark.parametrize(
    "target",
    [
        "http://example.org/",
        "http://deb.debian.org:8080/",
        "http://deb.debian.org:65616/",
        "http://deb.debian.org.example.org/",
        "http://deb.debian.org@example.org/",
        "http://deb.debian.org:80@example.org/",
        "http://example.org/http://deb.debian.org/",
        "http://debxdebian.org/",
        "http://sub.deb.debian.org/",
        "http://mirror-1.example.ac.kr/",
        "http://10.191.255.2/",
        "http://110.191.255.2:8080/",
        "mirror-1.example.ac.kr:80",
        "mirror-1.example.ac.kr",
        "mirror-1.example.ac.kr:4430",
        "deb.debian.org:443",
        "example.org:443",
        "ftp://deb.debian.org/",
        "/",
        "",
    ],
)
def test_nothing_else_passes(target: str) -> None:
    assert not passes(target)


def test_the_proxy_listens_to_seats_alone_and_denies_what_is_not_listed() -> None:
    told = configuration(ipaddress.IPv4Address("10.200.0.1"), Path("/x")).splitlines()
    assert {"Listen 10.200.0.1", f"Port {PORT}", "FilterURLs On", "FilterDefaultDeny Yes"} <= set(told)
    assert not any(line.startswith(("LogFile", "Syslog", "Upstream", "ReversePath")) for line in told)


def test_apt_in_a_seat_knows_the_proxy() -> None:
    hook = (Path(__file__).parents[3] / "provisioning" / "seats" / "hooks" / "seat.sh").read_text()
    assert f'Acquire::http::Proxy \\"http://$gateway:{PORT}\\"' in hook
