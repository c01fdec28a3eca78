"""A seat's word is read with limits: whoever is root there may have written it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from provisioning.lesson.checks import Verdict
from provisioning.lesson.results import Outcome
from provisioning.scenario.load import load_scenario
from provisioning.seats.word import MOST, Message, Notice, Terminal, Word, read_notice, read_word, standing
from provisioning.settings import REPOSITORY

NOW = 1000.0
LONGEST = Word(
    scenario="가" * 64,
    at="가" * 64,
    heard="가" * 64,
    terminals=tuple(Terminal("0" * 12, "a" * 16) for _ in range(40)),
)


def said(**values: object) -> bytes:
    return json.dumps(values).encode()


def test_what_a_seat_says() -> None:
    word = read_word(said(scenario="scenario-3", seen=2, steps=5, at="boot-id", raised=990.5, extra="later"), NOW)
    assert word == Word(scenario="scenario-3", seen=2, steps=5, at="boot-id", raised=990.5)


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"\xff",
        b"[]",
        b"[" * MOST,
        said(seen=-1),
        said(seen="many"),
        said(steps=10**9),
        said(at="a" * 65),
        said(window=-1),
        said(terminals=[{"id": "../../evil", "machine": "host"}]),
        said(terminals=[{"id": "0" * 12, "machine": "a; reboot"}]),
        said(terminals=[{"id": "0" * 12, "machine": "host"}] * 41),
    ],
)
def test_what_cannot_be_read_is_nothing(bad: bytes) -> None:
    assert read_word(bad, NOW) is None


def test_nothing_is_later_than_now() -> None:
    word = read_word(said(raised=1e300, progressed=2000, active=2000, window=999), NOW)
    assert word is not None
    assert (word.raised, word.progressed, word.active, word.window) == (NOW, NOW, NOW, 999)


def test_texts_are_plain() -> None:
    word = read_word(said(at="\x1b[2Ja\u202e", scenario="a\nb"), NOW)
    assert word is not None
    assert (word.at, word.scenario) == ("\\x1b[2Ja\\u202e", "a b")


def test_the_longest_word_is_short_enough() -> None:
    import msgspec

    assert len(msgspec.json.encode(LONGEST)) < MOST


def test_notices_are_told_apart() -> None:
    notices = [
        Notice(),
        Notice(end=1.0),
        Notice(present=True),
        Notice(message=Message("a", 1.0)),
        Notice(message=Message("a", 2.0)),
    ]
    assert len({notice.key for notice in notices}) == len(notices)
    assert read_notice(b'{"message": {"text": "a", "at": 1}}') == notices[3]
    assert read_notice(b'{"message"') is None


def test_how_far_a_learner_is() -> None:
    scenario = load_scenario(REPOSITORY / "labs" / "scenario-3")
    task = scenario.tasks[0].id
    verdict = Verdict(check="a", title="a", machines=(), passed=True, message="", seconds=0)
    begun = standing(Word(), scenario, Outcome(scenario=scenario.name, title=""), NOW)
    assert (begun.seen, begun.steps, begun.met, begun.tasks) == (0, len(scenario.steps), 0, len(scenario.tasks))
    assert (begun.at, begun.progressed) == (scenario.steps[0].id, NOW)
    hinted = standing(begun, scenario, Outcome(scenario=scenario.name, title="", hints={task: 2}), NOW + 5)
    assert (hinted.hints, hinted.progressed) == (2, NOW), "a hint that is opened is no progress"
    met = standing(hinted, scenario, Outcome(scenario=scenario.name, title="", tasks={task: verdict}), NOW + 9)
    assert (met.met, met.progressed) == (1, NOW + 9)
    failed = {task: Verdict(check="a", title="a", machines=(), passed=False, message="", seconds=0)}
    assert standing(met, scenario, Outcome(scenario=scenario.name, title="", tasks=failed), NOW).met == 0


AT_ONCE = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
from provisioning.seats import word
sys.setswitchinterval(1e-6)
together = threading.Barrier(8)
def read(number):
    together.wait()
    return word.read_word(b'{"terminals": [{"id": "1", "machine": "host"}]}', 1.0)
with ThreadPoolExecutor(8) as pool:
    assert len(set(map(repr, pool.map(read, range(8))))) == 1
"""


def test_seats_are_read_side_by_side() -> None:
    """Threads that were the first to decode a word ended Python, in two of five runs of this."""
    for _ in range(8):
        done = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (done.returncode, done.stderr)
