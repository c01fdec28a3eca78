"""The links of a class's learners: a token each, kept on this host and never in a seat.

A token outlives a reset, a restart and `class down`, so a slip that was handed out stays right; `class links --renew`
makes one anew, and the old one opens nothing from that moment on.
"""

from __future__ import annotations

import fcntl
import hmac
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from provisioning.private import write_private

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""No letter looks like another: a learner may type a token from paper."""
GROUPS, LETTERS = 4, 5
"""Twenty letters are 99 bits: at a million guesses a second, nobody finds one in the age of the world."""


def new_token() -> str:
    """Return a token that nobody can guess, such as ``k3mv9-qhd2x-76npz-rsa4t``."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(LETTERS)) for _ in range(GROUPS))


def typed(token: str) -> str:
    """Return a token as it is kept, whatever the case, the blanks and the hyphens in which a learner types it.

    >>> typed(" K3MV9 qhd2x76npz-rsa4t\\n")
    'k3mv9-qhd2x-76npz-rsa4t'
    """
    letters = re.sub(r"[\s-]", "", token[:100]).lower()
    return "-".join(letters[start : start + LETTERS] for start in range(0, len(letters), LETTERS))


class Links:
    """The file that keeps the tokens, by learner; by seat where it has no learner. Only root may read it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "links.json"
        self._known: tuple[object, dict[str, str]] = None, {}

    def read(self) -> Mapping[str, str]:
        """Return the token of each. The file is read again if it has changed."""
        try:
            found = self._file.stat()
        except FileNotFoundError:
            return {}
        stamp = found.st_ino, found.st_mtime_ns
        if stamp != self._known[0]:
            self._known = stamp, msgspec.json.decode(self._file.read_bytes(), type=dict[str, str])
        return self._known[1]

    def ensure(self, holders: Iterable[str], renewed: Iterable[str] = ()) -> Mapping[str, str]:
        """Have each holder have a token, those of ``renewed`` a new one. Return the tokens of all."""
        with self._alone():
            tokens = dict(self.read())
            lacking = {*renewed, *(holder for holder in holders if holder not in tokens)}
            if lacking:
                tokens |= {holder: new_token() for holder in sorted(lacking)}
                write_private(self._file, msgspec.json.encode(tokens))
        return tokens

    def holder(self, token: str) -> str:
        """Return whose token that is; empty if it is nobody's. How long it takes tells nothing of any token."""
        given, found = token.encode(errors="backslashreplace"), ""
        for holder, known in self.read().items():
            if hmac.compare_digest(given, known.encode()):
                found = holder
        return found

    def forget(self) -> None:
        """Remove the tokens: from now on no link opens anything."""
        self._file.unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process at a time make tokens."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
