"""Foreign text is text: nothing in it reaches a terminal but colour, and nothing of it is lost."""

from __future__ import annotations

import json
import random
import re

import msgspec
import pytest

from provisioning.inert import LINES, SIZE, coloured, escaped, excerpt, line, plain, shortened

COLOUR = re.compile(r"\x1b\[[0-9;]{0,300}m")
HOSTILE = {
    "clear the screen": ("\x1b[2J", r"\x1b[2J"),
    "move the cursor": ("\x1b[1;1H", r"\x1b[1;1H"),
    "erase a line": ("\x1b[K", r"\x1b[K"),
    "scroll region": ("\x1b[3;5r", r"\x1b[3;5r"),
    "alternate screen": ("\x1b[?1049h", r"\x1b[?1049h"),
    "hidden cursor": ("\x1b[?25l", r"\x1b[?25l"),
    "where the cursor is (is typed)": ("\x1b[6n", r"\x1b[6n"),
    "window title, typed back": ("\x1b[21t", r"\x1b[21t"),
    "paste brackets": ("\x1b[201~", r"\x1b[201~"),
    "a window's title": ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
    "a title that does not end": ("\x1b]0;title", r"\x1b]0;title"),
    "a title that ends with ST": ("\x1b]2;title\x1b\\", r"\x1b]2;title\x1b" + "\\"),
    "the clipboard": ("\x1b]52;c;cm0gLXJm\x07", r"\x1b]52;c;cm0gLXJm\x07"),
    "a hyperlink": ("\x1b]8;;http://x/\x1b\\a\x1b]8;;\x1b\\", r"\x1b]8;;http://x/\x1b\a\x1b]8;;\x1b" + "\\"),
    "DCS": ("\x1bPq#0\x1b\\", r"\x1bPq#0\x1b" + "\\"),
    "APC": ("\x1b_G\x1b\\", r"\x1b_G\x1b" + "\\"),
    "PM": ("\x1b^x\x1b\\", r"\x1b^x\x1b" + "\\"),
    "SOS": ("\x1bXx\x1b\\", r"\x1bXx\x1b" + "\\"),
    "reset of the terminal": ("\x1bc", r"\x1bc"),
    "another character set": ("\x1b(0", r"\x1b(0"),
    "ESC alone": ("\x1b", r"\x1b"),
    "ESC at the end of a colour": ("\x1b[31", r"\x1b[31"),
    "a colour without end": ("\x1b[" + "1;" * 200 + "m", r"\x1b[" + "1;" * 200 + "m"),
    "a colour of many digits": ("\x1b[38;5;00000001m", r"\x1b[38;5;00000001m"),
    "concealed": ("\x1b[8m", r"\x1b[8m"),
    "blinking": ("\x1b[5m", r"\x1b[5m"),
    "a private mode that looks like a colour": ("\x1b[>4;2m", r"\x1b[>4;2m"),
    "C1: CSI": ("\x9b2J", r"\x9b2J"),
    "C1: OSC": ("\x9d0;t\x9c", r"\x9d0;t\x9c"),
    "C1: next line": ("a\x85b", r"a\x85b"),
    "carriage return over a line": ("false\rtrue", r"false\rtrue"),
    "a line of Windows": ("secret\r\n", "secret\\r\n"),
    "backspace": ("no\b\bok", r"no\x08\x08ok"),
    "bell": ("\a", r"\x07"),
    "NUL": ("\0", r"\x00"),
    "shift out": ("\x0e", r"\x0e"),
    "vertical tab": ("\v", r"\x0b"),
    "form feed": ("\f", r"\x0c"),
    "ENQ": ("\x05", r"\x05"),
    "DEL": ("\x7f", r"\x7f"),
    "right to left": ("\u202ecod.exe", r"\u202ecod.exe"),
    "embedding": ("\u202a\u202b\u202c\u202d", r"\u202a\u202b\u202c\u202d"),
    "isolates": ("\u2066\u2067\u2068\u2069", r"\u2066\u2067\u2068\u2069"),
    "marks of direction": ("\u200e\u200f\u061c", r"\u200e\u200f\u061c"),
    "no width": ("a\u200bb", r"a\u200bb"),
    "line and paragraph": ("\u2028\u2029", r"\u2028\u2029"),
    "byte order mark": ("\ufeff", r"\ufeff"),
    "surrogate": ("\udcff", r"\udcff"),
    "private": ("\ue000\U0010fffd", r"\ue000\U0010fffd"),
    "no character": ("\uffff", r"\uffff"),
    "tags": ("\U000e0041", r"\U000e0041"),
}
HARMLESS = ["a\tb\n", "한글 café ✔ │ \u3000 \u00a0", "[red]x[/red] :smile:", "\\x1b[31m", "cafe\u0301", ""]


@pytest.mark.parametrize(("text", "shown"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_text_is_shown(text: str, shown: str) -> None:
    assert plain(text) == shown
    assert coloured(text) == shown
    assert line(text) == shown.strip()


@pytest.mark.parametrize("text", HARMLESS)
def test_text_stays_as_it_is(text: str) -> None:
    assert plain(text) == coloured(text) == text


@pytest.mark.parametrize("code", ["", "0", "1", "01;31", "38;5;208", "1;38;2;1;2;3;48;5;0", "97;107", "39;49"])
def test_colours_reach_a_terminal_and_end_with_the_text(code: str) -> None:
    text = f"a\x1b[{code}mb"
    assert coloured(text) == f"{text}\x1b[0m"
    assert plain(text) == "ab"


def _random_texts() -> list[str]:
    chance = random.Random(10)  # noqa: S311
    pieces = [*(text for text, _ in HOSTILE.values()), *HARMLESS, "\x1b[31m", "\x1b[", "\x1b", ";", "m", "38;5;"]
    texts = ["".join(chance.choices(pieces, k=chance.randrange(60))) for _ in range(2000)]
    texts += [chance.randbytes(chance.randrange(300)).decode(errors="replace") for _ in range(2000)]
    texts += [chance.randbytes(chance.randrange(300)).decode("latin-1") for _ in range(2000)]
    return texts


def test_whatever_it_is_only_colour_is_left_and_nothing_is_lost() -> None:
    for text in _random_texts():
        bare, colours = plain(text), coloured(text)
        assert COLOUR.sub("", colours) == bare
        assert not re.search(r"[^\n\t\x1b -~\x80-\U0010ffff]", colours)
        assert "\x1b" not in COLOUR.sub("", colours)
        assert all(each in "\n\t" or each.isprintable() or each in "\u00a0\u3000" for each in bare)
        assert colours.endswith("\x1b[0m") or "\x1b" not in colours
        assert plain(bare) == bare
        # Character by character, as it is or as Python would write it.
        without = _without_colours(text)
        assert bare == "".join(c if c in "\n\t\u00a0\u3000" or c.isprintable() else repr(c)[1:-1] for c in without)


def _without_colours(text: str) -> str:
    one = r"(?:[34]8;(?:5;\d{1,3}|2;\d{1,3};\d{1,3};\d{1,3})|10[0-7]|2[1-479]|[34][0-79]|9[0-7]|0?[0-479])"
    return re.sub(rf"\x1b\[(?:{one}(?:;{one}){{0,15}})?m", "", text)


@pytest.mark.parametrize(("text", "shown"), HOSTILE.values(), ids=HOSTILE)
def test_json_holds_exactly_what_there_was(text: str, shown: str) -> None:
    text = text.encode(errors="replace").decode()  # what was decoded has no surrogates
    told = escaped(msgspec.json.encode([text]).decode())
    assert json.loads(told) == [text]
    assert told.isprintable()


def test_a_long_text_is_cut_in_its_middle() -> None:
    for text in ("1\n" * 100_000, "x" * 100_000, "\x1b" * 100_000, "short\n" * (LINES + 1)):
        head, left, tail = excerpt(text)
        assert len(head) + left + len(tail) == len(text)
        assert text.startswith(head)
        assert text.endswith(tail)
        assert (head + tail).count("\n") < LINES
        assert len(head + tail) <= SIZE
        assert f"{left:,} characters" in shortened(text)
    assert excerpt("short\n" * (LINES - 1)) == ("short\n" * (LINES - 1), 0, "")


def test_a_name_is_one_line() -> None:
    assert line("a\nb\r\n  c\t") == r"a b\r c"
    assert line("a" * 600, 10) == "a" * 9 + "…"
    assert len(line("\x1b" * 10_000_000, 10)) == 10
