"""What long work reports while it runs. The screen implements it; the work never decides how it looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Phase(Protocol):
    """One named stretch of work that is under way."""

    def note(self, detail: str) -> None:
        """Say what the phase is doing now, in a few words; replaces the detail before it."""


class Progress(Protocol):
    """Receives the phases of a long job. Phases may run side by side in threads."""

    def phase(self, title: str, *, lasting: bool = True) -> AbstractContextManager[Phase]:
        """Open a phase; leaving the context ends it (as failed when an exception passes through).

        A phase that is not ``lasting`` leaves no line behind: its result is shown in another way.
        """

    def say(self, line: str) -> None:
        """Show a line that stays: a fact that the user should know, such as that the VM is emulated."""


class Quiet:
    """A progress that shows nothing, for tests and for use as a library."""

    def note(self, detail: str) -> None:
        """Ignore the detail."""

    def say(self, line: str) -> None:
        """Ignore the line."""

    @contextmanager
    def phase(self, title: str, *, lasting: bool = True) -> Iterator[Quiet]:
        """Ignore the phase."""
        yield self
