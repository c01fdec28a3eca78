"""What a class tells its seats is kept, and reaches terminals as text."""

from __future__ import annotations

from pathlib import Path

from provisioning.seats.notices import Notices, notice_of
from provisioning.seats.word import Message, Notice, Pause

HELLO = Message("hello", 1.0)


def test_it_is_kept_until_the_seat_is_new(tmp_path: Path) -> None:
    notices = Notices(tmp_path / "class")
    assert notice_of(notices.read(), "a") == Notice()
    notices.say(["a", "b"], HELLO)
    notices.end(60.0)
    notices.say(["b"], Message("again", 2.0))
    kept = Notices(tmp_path / "class").read()
    assert notice_of(kept, "a", present=True) == Notice(message=HELLO, end=60.0, present=True)
    assert notice_of(kept, "b") == Notice(message=Message("again", 2.0), end=60.0)
    notices.forget(["a"])
    assert notice_of(notices.read(), "a") == Notice(end=60.0)
    assert set(notices.read().messages) == {"b"}
    soon = Pause(90.0, "silence")
    assert notices.pause({"a": soon, "b": soon}) == {"a", "b"}
    assert notices.pause({"a": soon, "b": Pause(95.0, "over")}) == {"b"}
    assert notice_of(notices.read(), "a").pause == soon
    notices.forget(["a"])
    assert notices.pause({}) == {"b"}
    assert notice_of(notices.read(), "b") == Notice(message=Message("again", 2.0), end=60.0)
    notices.clear()
    notices.clear()
    assert notice_of(notices.read(), "b") == Notice()
