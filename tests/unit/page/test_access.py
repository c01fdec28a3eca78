"""Who may come in."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.page.access import Access, keep, recall
from provisioning.settings import Settings


@pytest.fixture
def access() -> Access:
    return Access("127.0.0.1", 8080, "secret")


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080"])
def test_the_page_itself_may_ask(access: Access, host: str) -> None:
    assert access.refusal(host, f"http://{host}", changes=True) == ""
    assert access.refusal(host, None, changes=False) == ""


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8081", "http://127.0.0.1:8081"),
        ("evil.example:8080", "http://evil.example:8080"),
        ("127.0.0.1:8080", "http://localhost:8080"),
        ("127.0.0.1:8080", "https://127.0.0.1:8080"),
        ("127.0.0.1:8080", "null"),
        ("127.0.0.1:8080", ""),
        ("127.0.0.1:8080", None),
    ],
)
def test_nobody_else_may(access: Access, host: str, origin: str | None) -> None:
    assert access.refusal(host, origin, changes=True)


def test_what_others_can_read_is_no_secret(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert recall(settings) is None
    keep(settings, 8080, "secret")
    kept = recall(settings)
    assert kept is not None
    assert (kept.port, kept.token) == (8080, "secret")
    (tmp_path / "results" / settings.name / "page.json").chmod(0o640)
    assert recall(settings) is None
