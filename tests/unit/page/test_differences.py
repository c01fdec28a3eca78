"""What differs between the outputs of machines."""

from __future__ import annotations

from provisioning.page.differences import pieces


def test_words_are_marked_by_who_says_them() -> None:
    found = pieces({"host": "Linux 6.18 x86\n", "vm": "Linux 6.1 x86\n", "alpha": "Linux 6.18 x86\n"})
    assert [(each.text, each.sort, each.also) for each in found["host"]] == [
        ("Linux ", "", ()),
        ("6.18", "some", ("alpha",)),
        (" x86\n", "", ()),
    ]
    assert [each.text for each in found["vm"] if each.sort == "alone"] == ["6.1"]
    for place, text in {"a": "", "b": "x  y\n\tz"}.items():
        assert "".join(each.text for each in pieces({"a": "", "b": "x  y\n\tz"})[place]) == text
