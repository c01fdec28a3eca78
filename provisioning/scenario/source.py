"""Read files that people write, as text and as YAML that knows its lines. Whatever a file is, a sentence says so."""

from __future__ import annotations

import difflib
import errno
import os
import re
import stat
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast, get_args

import msgspec
import yaml
from msgspec import Meta

from provisioning.errors import UsageError

LIMIT = 2**20
"""Bytes that a file may have, and characters that YAML may have with its aliases written out."""
DEPTH = 20
"""Levels of lists and mappings that may lie in each other; a scenario has five."""
SHOWN = 80
"""Characters of a wrong value that are repeated in the sentence about it."""
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Characters that a terminal may obey, or that reorder a line; not the newline and the tab."""
ONE_LINE, SOME = r"\A[^\n\t]*\S[^\n\t]*\Z", r"\S"
_PATTERNS = {ONE_LINE: " of one line", SOME: " that is more than blanks"}
Line = Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE)]
"""Text of one line: a title, a name, a path."""
Text = Annotated[str, Meta(min_length=1, max_length=10_000, pattern=SOME)]
"""Text of any number of lines."""
CURE = "Correct it; labs/README.md has every field, and an example."

T = TypeVar("T")

_SORTS = {
    stat.S_IFREG: "a file",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_FAULTS = {
    errno.ENOENT: "nothing",
    errno.ENOTDIR: "nothing",
    errno.ELOOP: "a link that leads in a circle",
    errno.ENAMETOOLONG: "a name that is too long",
    errno.EACCES: "what may not be read",
    errno.ENXIO: "a socket",
}


def plain(text: str) -> str:
    """Return ``text`` with all characters spelled out that are not printable.

    >>> plain("a" + chr(27) + "[2J")
    'a\\\\x1b[2J'
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def mistake(path: Path, line: int, said: str) -> UsageError:
    """Return the error about a ``line`` in the file at ``path``."""
    return UsageError(plain(f"{path}:{line}: {said}."), CURE)


def sort_of(mode: int) -> str:
    """Return what has that mode (``st_mode``): ``a file``, ``a folder``..."""
    return _SORTS[stat.S_IFMT(mode)]


def fault(error: OSError | ValueError) -> str:
    """Return what was found instead of a file. A ValueError comes from a name that this host cannot encode."""
    if isinstance(error, OSError):
        return _FAULTS.get(error.errno or 0, error.strerror or "nothing")
    return "a name that cannot be one"


def read_text(path: Path, expected: str = "text,") -> str:
    """Return the UTF-8 text of a file, with Unix line ends. Never wait. ``expected`` is for an error's words.

    Raises:
        UsageError: it is no file, cannot be read, is larger than ``LIMIT``, is not UTF-8, or has control characters.
    """
    try:
        # Without O_NONBLOCK, to open a named pipe would wait for a writer.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(LIMIT + 1) if stat.S_ISREG(mode) else b""
    except IsADirectoryError:
        mode, content = stat.S_IFDIR, b""
    except (OSError, ValueError) as error:
        found = "a link to nothing" if isinstance(error, FileNotFoundError) and path.is_symlink() else fault(error)
        raise mistake(path, 1, f"expected a file, found {found}") from error
    if not stat.S_ISREG(mode):
        raise mistake(path, 1, f"expected a file, found {sort_of(mode)}")
    if len(content) > LIMIT:
        raise mistake(path, 1, f"expected a file of at most {LIMIT} bytes, found a larger one")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise mistake(path, line, f"expected UTF-8 text, found the byte {content[error.start]:#04x}") from error
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if wrong := CONTROL.search(text):
        line = text.count("\n", 0, wrong.start()) + 1
        raise mistake(path, line, f"expected {expected} found the control character U+{ord(wrong[0]):04X}")
    return text


def read_words(path: Path) -> str:
    """Return the text of a file that a person will read.

    Raises:
        UsageError: see :func:`read_text`; or the file is blank.
    """
    text = read_text(path)
    if not text.strip():
        raise mistake(path, 1, "expected text, found nothing")
    return text


class _Collection:
    """A list or a mapping whose values are still being read."""

    def __init__(self, value: Any, before: int, anchor: str = "") -> None:
        self.value = value
        self.before = before
        """The size of all that was read before it."""
        self.anchor = anchor
        self.key: str | None = None
        """In a mapping: the key whose value comes next; None if a key comes next."""
        self.last = ""
        """The last key."""

    def __str__(self) -> str:
        """Return the last step of the path to the value that was read last."""
        return f"[{len(self.value) - 1}]" if isinstance(self.value, list) else f".{self.last}"


class Source:
    """A mapping in a YAML file, which knows on which line a field stands.

    Every scalar is read as text, and types convert it later: YAML 1.1 would read the key `on` as true. Tags are
    refused. ``data`` is bounded in size and depth, with its aliases written out.
    """

    def __init__(self, path: Path, types: Mapping[str, Any] | None = None) -> None:
        """``types`` are the structs and literals inside of what will be converted, by the names of their fields."""
        self.path = path
        self.types = types or {}
        self.text = read_text(path, "YAML, but")
        try:
            self.data = self._read()
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise self.error(line, f"expected YAML, but {error.problem}") from error
        except yaml.YAMLError as error:
            raise self.error(1, f"expected YAML, but {' '.join(str(error).split())}") from error

    def convert(self, type_: type[T], data: Any, at: str) -> T:
        """Convert ``data``, which stands at the path ``at``, to ``type_``."""
        try:
            return msgspec.convert(data, type_, strict=False)
        except msgspec.ValidationError as error:
            told = re.fullmatch(r"(.*) - at `(?:key` in `)?\$([^`]*)`", str(error), re.DOTALL)
            said, inside = told.groups() if told else (str(error), "")
            field = re.sub(r"\[\d+\]$", "", inside).rpartition(".")[2]
            raise self._translated(said, at + inside, self.types.get(field, type_)) from error

    def require(self, holds: bool, at: str, expected: str, found: object) -> None:
        """Raise a mistake at the path ``at`` unless ``holds`` is true."""
        if not holds:
            raise self.mistake(at, f"expected {expected}, found {shown(found)}")

    def mistake(self, at: str, said: str) -> UsageError:
        """Return the error about the field at the path ``at``."""
        field = at.removeprefix("$").removeprefix(".") or self.path.name
        return self.error(self._find(at)[1], f"{_cut(field)}: {said}")

    def error(self, line: int, said: str) -> UsageError:
        """Return the error about a line."""
        return mistake(self.path, line, said)

    # -- reading

    def _read(self) -> dict[str, Any]:
        """Return the mapping that the file holds, made from YAML's events without recursion, as it may be very deep."""
        events: Iterator[Any] = iter(yaml.CBaseLoader(self.text).get_event, None)
        root = _Collection([], 0)
        """The documents."""
        opened = [root]
        anchors: dict[str, tuple[Any, int] | None] = {}
        """The value and the size of each anchor; None while its value is being read."""
        value: Any
        size = 0
        for event in events:
            before = size
            match event:
                case yaml.ScalarEvent():
                    value = event.value
                    size += len(value) + 1
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    value = {} if isinstance(event, yaml.MappingStartEvent) else []
                    size += 1
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    closed = opened.pop()
                    if closed.anchor:
                        anchors[closed.anchor] = closed.value, size - closed.before
                    continue
                case yaml.AliasEvent():
                    if event.anchor not in anchors:
                        raise self._at(event, "expected YAML, but found undefined alias")
                    if (known := anchors[event.anchor]) is None:
                        raise self._at(event, "expected YAML, but found unconstructable recursive node")
                    value = known[0]
                    size += known[1]
                case _:
                    continue
            if size > LIMIT:
                raise self._at(event, f"expected at most {LIMIT} characters with aliases written out, found more")
            self._put(value, opened, event)
            if isinstance(event, yaml.AliasEvent):
                continue
            if event.tag is not None:
                raise self._at(event, f"expected a value without a tag, found {shown(event.tag)}")
            if event.anchor:
                if event.anchor in anchors:
                    raise self._at(event, "expected YAML, but found duplicate anchor")
                anchors[event.anchor] = (value, size - before) if isinstance(value, str) else None
            if not isinstance(value, str):
                opened.append(_Collection(value, before, event.anchor or ""))
                if len(opened) > DEPTH + 1:
                    raise self._at(event, f"expected at most {DEPTH} levels, found more")
        if not root.value or not isinstance(root.value[0], dict):
            raise self.error(1, "expected a mapping of fields")
        return dict(root.value[0])

    def _put(self, value: Any, opened: list[_Collection], event: Any) -> None:
        """Put a value, or the key of the next one, into the collection opened last."""
        into = opened[-1]
        if isinstance(into.value, list):
            if len(opened) == 1 and into.value:
                raise self._at(event, "expected one document, found another")
            into.value.append(value)
        elif into.key is not None:
            into.value[into.key] = value
            into.last, into.key = into.key, None
        else:
            if not isinstance(value, str):
                raise self._at(event, "expected a field's name, found a list or a mapping")
            if value in into.value:  # YAML itself would silently keep the last of two fields
                raise self._at(event, f"the field {shown(value)} is given twice")
            into.key = into.last = value
        if isinstance(value, str) and not value.isprintable() and (wrong := CONTROL.search(value)):
            field = _cut("".join(map(str, opened[1:])).removeprefix(".") or self.path.name)
            raise self._at(event, f"{field}: expected text, found the control character U+{ord(wrong[0]):04X}")

    def _at(self, event: Any, said: str) -> UsageError:
        return self.error(event.start_mark.line + 1, said)

    # -- telling

    def _translated(self, said: str, at: str, type_: Any) -> UsageError:
        """Return msgspec's error about the value at ``at`` in an author's words."""
        if field := _quoted(said, "Object contains unknown field"):
            known = getattr(type_, "__struct_fields__", ())
            close = closest(field, list(known))
            hint = f"the closest is {close}" if close else f"there are {', '.join(known)}"
            return self.mistake(f"{at}.{field}", f"there is no such field; {hint}")
        if field := _quoted(said, "Object missing required field"):
            return self.mistake(f"{at}.{field}", "expected this field, found nothing")
        if said.startswith("Invalid enum value"):
            expected = ", ".join(map(str, get_args(type_)))
        elif not said.startswith("Expected"):  # such as "Number out of range"
            expected = "a number that is smaller"
        else:
            words = said.partition(", got ")[0].removeprefix("Expected ")
            expected = re.sub(r"`([^`]+)`", lambda match: " or ".join(map(_term, match[1].split(" | "))), words)
            expected = re.sub(
                r" matching regex '(.*)'$", lambda match: _PATTERNS[match[1].replace("\\\\", "\\")], expected
            )
        # For a value in a mapping msgspec says `[...]` instead of its key.
        found = "" if at.endswith("[...]") else f", found {_described(self._find(at)[0])}"
        return self.mistake(at.removesuffix("[...]"), f"expected {expected}{found}")

    @cached_property
    def _root(self) -> yaml.Node:
        """What was read, with its lines; made only if there is a mistake to report."""
        return cast(yaml.Node, yaml.CBaseLoader(self.text).get_single_node())

    def _find(self, at: str) -> tuple[yaml.Node, int]:
        """Return the node at the path, or the nearest one around it, and its line."""
        node, rest = self._root, at.removeprefix("$")
        line = node.start_mark.line
        while rest:
            index = re.match(r"\[([0-9]+)\]", rest)
            if isinstance(node, yaml.SequenceNode) and index and int(index[1]) < len(node.value):
                node, rest = node.value[int(index[1])], rest[index.end() :]
                line = node.start_mark.line
                continue
            rest = rest.removeprefix(".")
            fields = node.value if isinstance(node, yaml.MappingNode) else ()
            # A key may hold the characters that stand between keys in a path.
            fits = [pair for pair in fields if f"{rest}.".startswith((f"{pair[0].value}.", f"{pair[0].value}["))]
            if not fits:
                break
            key, node = max(fits, key=lambda pair: len(pair[0].value))
            line, rest = key.start_mark.line, rest[len(key.value) :]
        return node, int(line) + 1


def closest(name: str, names: list[str]) -> str:
    """Return the one of ``names`` that the writer of ``name`` may have meant; nothing if no name is close."""
    return next(iter(difflib.get_close_matches(name[:SHOWN], names, 1)), "")


def shown(found: object) -> str:
    """Return a wrong value as sentences show it."""
    if found in (None, ""):
        return "nothing"
    if isinstance(found, dict):
        return "a mapping"
    return "a list" if isinstance(found, list) else _cut(repr(found))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _quoted(said: str, beginning: str) -> str:
    """Return what stands in back-quotes after ``beginning``; nothing if ``said`` does not begin so."""
    return said.removeprefix(beginning).strip(" `") if said.startswith(beginning) else ""


def _described(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return shown(node.value)
    return "a mapping" if isinstance(node, yaml.MappingNode) else "a list"


def _term(name: str) -> str:
    """Return an author's word for msgspec's name of a type."""
    terms = {
        "str": "text",
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "array": "a list",
        "object": "a mapping",
    }
    return terms.get(name, name)
