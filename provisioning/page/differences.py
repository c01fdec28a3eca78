"""What differs between the answers of several places, word by word."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

WORDS = 4000
"""Words of one answer that are compared; what comes after them is shown unmarked."""


@dataclass(frozen=True)
class Piece:
    """A stretch of an answer."""

    text: str
    sort: str = ""
    """``alone`` where no other place says it, ``some`` where some do and others do not; empty where all say it."""
    also: tuple[str, ...] = ()
    """The other places that say it, where some do."""


def pieces(answers: Mapping[str, str]) -> dict[str, list[Piece]]:
    """Return the answer of each place in pieces, each with the other places that say the same.

    >>> [piece.sort for piece in pieces({"host": "Linux 6.18", "vm": "Linux 6.1"})["vm"]]
    ['', 'alone']
    """
    if len(answers) < 2:
        return {place: [Piece(answer)] for place, answer in answers.items()}
    words = {place: re.findall(r"\s+|\S+", answer) for place, answer in answers.items()}
    said = {place: set(found) for place, found in words.items()}
    return {place: _pieces(place, found, said) for place, found in words.items()}


def _pieces(place: str, words: list[str], said: Mapping[str, set[str]]) -> list[Piece]:
    found: list[Piece] = []
    for word in words[: 2 * WORDS]:
        also = tuple(other for other in said if other != place and word in said[other])
        if word.isspace() or len(also) == len(said) - 1:
            piece = Piece(word)
        else:
            piece = Piece(word, "some" if also else "alone", also)
        last = found[-1] if found else None
        if last and word.isspace() and "\n" not in word:
            found.append(Piece(word, last.sort, last.also))  # a gap between two marked words is closed below
        else:
            found.append(piece)
    joined: list[Piece] = []
    for number, piece in enumerate(found):
        following = found[number + 1] if number + 1 < len(found) else Piece("")
        if piece.text.isspace() and (piece.sort, piece.also) != (following.sort, following.also):
            piece = Piece(piece.text)
        if joined and (joined[-1].sort, joined[-1].also) == (piece.sort, piece.also):
            joined[-1] = Piece(joined[-1].text + piece.text, piece.sort, piece.also)
        else:
            joined.append(piece)
    rest = "".join(words[2 * WORDS :])
    return [*joined, Piece(rest)] if rest else joined
