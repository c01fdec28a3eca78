"""Who may ask the gate, and what it says."""

from __future__ import annotations

import pytest

from provisioning.page import gate
from provisioning.page.gate import Frames, Gate, farewell, sentence
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


def frame(kind: int, length: int) -> bytes:
    """Return a frame of a browser's, whose every byte could begin one that holds bytes."""
    if length < 126:
        size = bytes([0x80 | length])
    else:
        size = b"\xfe" + length.to_bytes(2, "big") if length < 2**16 else b"\xff" + length.to_bytes(8, "big")
    return bytes([0x80 | kind]) + size + b"\x82" * (4 + length)


TEXT, BYTES, PONG = 1, 2, 10


@pytest.mark.parametrize("length", [0, 1, 125, 126, 70_000])
@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_only_bytes_are_typed(length: int, piece: int) -> None:
    others, typed = frame(TEXT, length) + frame(PONG, 5) + frame(TEXT, 0), frame(BYTES, length)

    def heard(frames: Frames, sent: bytes) -> list[bool]:
        return [frames.typed(sent[at : at + piece]) for at in range(0, len(sent), piece)]

    frames = Frames()
    assert not any(heard(frames, others))
    assert heard(frames, typed + others).count(True) == 1
    assert not any(heard(frames, others))


def test_a_page_is_told_why_its_seat_hangs_up() -> None:
    assert farewell("asleep") == b"\x88\x08" + (4000).to_bytes(2, "big") + b"asleep"
