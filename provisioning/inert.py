"""Make foreign text safe to show: what machines, files and engines say reaches a screen or a page only as text.

Printable text, spaces, newlines and tabs stay as they are. All other characters are shown as Python writes them:
``\\r``, ``\\x1b``, ``\\u202e``. Only colour is dropped, where it cannot be shown.
"""

from __future__ import annotations

import re
import unicodedata

_CODE = r"(?:[34]8;(?:5;\d{1,3}|2;\d{1,3};\d{1,3};\d{1,3})|10[0-7]|2[1-479]|[34][0-79]|9[0-7]|0?[0-479])"
_COLOUR = re.compile(rf"(\x1b\[(?>(?:{_CODE}(?:;{_CODE}){{0,15}})?)m)")
"""Colours, bold, dim, italic, underlined, reversed, struck through (ECMA-48 SGR); no blinking, nothing concealed."""
_ODD = re.compile(r"[^\n\t -~]")
"""Characters that may not be printable."""
_RESET = "\x1b[0m"
LINES, SIZE = 200, 20_000
"""Lines, and characters, of one foreign text that a person reads on a screen."""


class _Shown(dict[int, str]):
    """How each character is shown, by its number."""

    def __missing__(self, number: int) -> str:
        character = chr(number)
        if character in "\n\t" or character.isprintable() or unicodedata.category(character) == "Zs":
            shown = character
        else:
            shown = repr(character)[1:-1]
        if number < 0x10000:  # the others are rare, and keeping them would fill the memory
            self[number] = shown
        return shown


class _Escaped(dict[int, str]):
    """The same for a string of JSON, which knows characters of 16 bits alone."""

    def __missing__(self, number: int) -> str:
        character = chr(number)
        units = character.encode("utf-16-be", "surrogatepass").hex()
        told = "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
        shown = character if _SHOWN[number] == character else told
        if number < 0x10000:
            self[number] = shown
        return shown


_SHOWN, _ESCAPED = _Shown(), _Escaped()


def plain(text: str) -> str:
    r"""Return ``text`` without colours, and with everything that moves a cursor, hides or reverses text spelled out.

    >>> plain("\x1b[31mred\x1b[0m \x1b]0;title\x07 a\rb \u202e")
    'red \\x1b]0;title\\x07 a\\rb \\u202e'
    """
    return "".join(map(_shown, _COLOUR.split(text)[::2]))


def coloured(text: str) -> str:
    r"""Return ``text`` likewise, but with its colours, for a terminal; they end where the text does.

    >>> coloured("\x1b[31mred\x1b[2J")
    '\x1b[31mred\\x1b[2J\x1b[0m'
    """
    parts = _COLOUR.split(text)
    parts[::2] = map(_shown, parts[::2])
    return "".join(parts) + (_RESET if len(parts) > 1 else "")


def escaped(json: str) -> str:
    r"""Return JSON whose strings also escape what is not printable.

    >>> escaped('"\x9b2J \u202e \ud55c"')
    '"\\u009b2J \\u202e \ud55c"'
    """
    if json.isascii() and "\x7f" not in json:
        return json
    return re.sub(r"[^\n -~]+", lambda found: found[0].translate(_ESCAPED), json)


def line(text: str, most: int = 500) -> str:
    r"""Return ``text`` as names are shown: plain, on one line, ``most`` characters at most.

    >>> line("a\n  b\x07"), line("abcdef", 4)
    ('a b\\x07', 'abc…')
    """
    # Only as much is read as can be shown, even if it begins with many spaces.
    told = " ".join(part for part in re.split(r"[ \n\t]+", plain(text[: 4 * most])) if part)
    return told if len(told) <= most and len(text) <= 4 * most else told[: most - 1] + "…"


def excerpt(text: str, lines: int = LINES, size: int = SIZE) -> tuple[str, int, str]:
    """Return a text's beginning, the number of characters left out, and its end; of a short text all is the beginning.

    >>> excerpt("1\\n2\\n3\\n4\\n5", lines=2)
    ('1', 7, '5')
    >>> excerpt("short")
    ('short', 0, '')
    """
    if len(text) <= size and text.count("\n") < lines:
        return text, 0, ""
    half = lines // 2
    head = "\n".join(text[: size // 2].split("\n", half)[:half])
    tail = "\n".join(text[-(size // 2) :].rsplit("\n", half)[-half:])
    return head, len(text) - len(head) - len(tail), tail


def shortened(text: str) -> str:
    """Return an :func:`excerpt` as one text, which tells how much was left out."""
    head, left, tail = excerpt(text)
    return f"{head}\n… {left:,} characters are left out here …\n{tail}" if left else head


def _shown(text: str) -> str:
    return text.translate(_SHOWN) if _ODD.search(text) else text
