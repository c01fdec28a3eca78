"""The tokens of learners."""

from __future__ import annotations

import math
import re
from pathlib import Path

from provisioning.seats.links import ALPHABET, GROUPS, LETTERS, Links, new_token, typed


def test_nobody_guesses_a_token_and_anybody_can_type_it() -> None:
    assert GROUPS * LETTERS * math.log2(len(set(ALPHABET))) > 96
    assert set(ALPHABET).isdisjoint("il1o0")
    token = new_token()
    assert re.fullmatch(rf"([{ALPHABET}]{{{LETTERS}}}-){{{GROUPS - 1}}}[{ALPHABET}]{{{LETTERS}}}", token)
    assert typed(token.upper().replace("-", " ")) == token == typed(token)
    assert len({new_token() for _ in range(1000)}) == 1000


def test_a_token_is_its_learners_and_stays(tmp_path: Path) -> None:
    links = Links(tmp_path / "class")
    assert links.read() == {}
    assert links.holder("") == ""
    made = links.ensure(["김민지", "Bo"])
    assert links.ensure(["Bo", "Cy"]).items() > made.items()
    for holder, token in made.items():
        assert links.holder(token) == holder
    for wrong in ("", "a", made["Bo"][:-1], f"{made['Bo']}a", "\ud800"):
        assert links.holder(wrong) == ""


def test_a_new_token_ends_the_old_one_also_for_who_has_read_them(tmp_path: Path) -> None:
    links, gate = Links(tmp_path), Links(tmp_path)
    old = links.ensure(["Ada", "Bo"])
    assert gate.holder(old["Bo"]) == "Bo"
    new = links.ensure([], ["Bo"])
    assert new["Ada"] == old["Ada"]
    assert new["Bo"] != old["Bo"]
    assert (gate.holder(old["Bo"]), gate.holder(new["Bo"])) == ("", "Bo")
    links.forget()
    assert gate.holder(new["Bo"]) == ""


def test_only_their_owner_reads_them(tmp_path: Path) -> None:
    Links(tmp_path / "class").ensure(["Ada"])
    assert (tmp_path / "class" / "links.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "class").stat().st_mode & 0o777 == 0o700
