"""Look up what a scenario's file names in its folder."""

from __future__ import annotations

import ast
import os
import shlex
import stat
import warnings
from collections.abc import Sequence
from pathlib import Path

from provisioning.scenario.source import (
    Source,
    fault,
    mistake,
    read_text,
    shown,
    sort_of,
)


def unrunnable(script: str) -> str:
    """Return why a script would do nothing, in the words of an error; nothing if it would do something.

    Scripts are piped to ``sh``, or to what their first line names; see :mod:`provisioning.lesson.steps`.
    """
    lines = script.split("\n")
    if not any(line.strip() and not line.lstrip().startswith("#") for line in lines):
        return "expected a script that does something, found nothing but blanks and comments"
    first = lines[0]
    if not first.startswith("#!"):
        return ""
    try:
        argv = shlex.split(first[2:])
    except ValueError:
        return f"expected a program after #!, found quotes that do not end in {shown(first)}"
    program, *words = argv or [""]
    # The program stands behind `env NAME=VALUE...`, and `env` would take a word with = for one more variable.
    if not program.startswith("/") or "=" in program:
        return f"expected a program after #!, such as /bin/bash, found {shown(program)}"
    if program.endswith("/env") and all(word.startswith("-") or "=" in word for word in words):
        return f"expected a program after #!{program}, found nothing"
    return ""


class Contents:
    """What lies in a scenario's folder. A link that leads out of it counts as nothing."""

    def __init__(self, folder: Path, source: Source) -> None:
        self.folder = folder
        self.source = source
        self._real = os.path.realpath(folder)
        self._sound: set[str] = set()
        """Scripts that were found to be sound."""
        self._functions: dict[str, frozenset[str]] = {}
        """The checks in each file that was looked at."""

    def sort(self, path: str) -> str:
        """Return what lies at ``path``: ``a file``, ``a folder``..., or why nothing does."""
        parts = path.split("/")
        if path != "." and not {"", ".", ".."}.isdisjoint(parts):
            return "no plain path"
        try:
            at = self._real
            for part in parts:
                at = f"{at}/{part}"
                mode = os.lstat(at).st_mode
                if stat.S_ISLNK(mode):
                    real = os.path.realpath(f"{self._real}/{path}", strict=True)
                    if not f"{real}/".startswith(f"{self._real}/"):
                        return "a link that leads out of it"
                    return sort_of(Path(real).stat().st_mode)
        except (OSError, ValueError) as error:
            return fault(error)
        return sort_of(mode)

    def require(self, path: str, at: str, expected: str, sorts: Sequence[str]) -> None:
        """Raise a mistake in the field ``at`` unless ``path`` leads to one of these ``sorts``."""
        sort = self.sort(path) if path else "nothing"
        told = shown(path) if sort == "nothing" else f"{shown(path)}, {sort}"
        if sort not in sorts:
            raise self.source.mistake(at, f"expected {expected} in the scenario's folder, found {told}")

    def require_script(self, path: str, at: str) -> None:
        """Raise a mistake in the field ``at`` unless ``path`` leads to a script that can be run."""
        if path in self._sound:
            return
        self.require(path, at, "an existing file", ["a file"])
        if wrong := unrunnable(read_text(self.folder / path)):
            raise mistake(self.folder / path, 1, wrong)
        self._sound.add(path)

    def defines(self, path: str, check: str) -> bool:
        """Return True if the Python file at ``path`` holds a check of that name.

        Raises:
            UsageError: the file cannot be read.
        """
        if path not in self._functions:
            module = parse(self.folder / path) if self.sort(path) == "a file" else ast.Module([], [])
            found = (node.name for node in module.body if isinstance(node, ast.FunctionDef))
            self._functions[path] = frozenset(found)
        return check.startswith("test_") and check in self._functions[path]


def parse(path: Path) -> ast.Module:
    """Return the Python program in a file.

    Raises:
        UsageError: the file cannot be read, or is not Python.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are about escapes in strings
            return ast.parse(read_text(path))
    except SyntaxError as error:
        raise mistake(path, error.lineno or 1, f"expected Python, but {error.msg}") from error
    except (RecursionError, MemoryError) as error:  # Python's parser raises the one or the other
        raise mistake(path, 1, "expected Python, but it is nested too deeply") from error
