"""Who may ask the gate, and what it says."""

from __future__ import annotations

import pytest

from provisioning.page import gate
from provisioning.page.gate import Gate, sentence
from provisioning.page.view import page_words
from provisioning.seats.door import Why
from provisioning.seats.keeper import Porter, channel
from provisioning.seats.serving import Wish

CASES = [each.value for each in Why] + [gate.ELSEWHERE, gate.UNKNOWN, gate.COME_IN, gate.MANY]


@pytest.fixture
def at() -> Gate:
    _, end = channel()
    return Gate(Wish(address="", port=8443, names=("lab.example.org",)), ["192.0.2.7", "fd00::2"], Porter(end))


@pytest.mark.parametrize("host", ["lab.example.org:8443", "192.0.2.7:8443", "[fd00::2]:8443"])
def test_its_own_page_may_ask(at: Gate, host: str) -> None:
    assert not at.refusal(host, f"https://{host}", changes=True)
    assert not at.refusal(host, None, changes=False)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("evil.example:8443", "https://evil.example:8443"),
        ("lab.example.org", "https://lab.example.org"),
        ("lab.example.org:8443", "http://lab.example.org:8443"),
        ("lab.example.org:8443", "https://192.0.2.7:8443"),
        ("lab.example.org:8443", "https://lab.example.org:8444"),
        ("lab.example.org:8443", "null"),
        ("lab.example.org:8443", ""),
        ("lab.example.org:8443", None),
    ],
)
def test_nobody_else_may(at: Gate, host: str, origin: str | None) -> None:
    assert at.refusal(host, origin, changes=True)


def test_the_usual_port_need_not_be_told() -> None:
    _, end = channel()
    assert not Gate(Wish(address="", port=443, names=("a",)), [], Porter(end)).refusal("a", "https://a", changes=True)


@pytest.mark.parametrize("code", ["en", "ko"])
def test_every_case_has_a_sentence_of_its_own(code: str) -> None:
    words = page_words(code)
    told = [sentence(case, words)[0] for case in (*CASES, gate.NOTHING)]
    assert len(set(told)) == len(CASES) + 1
