"""The one family of errors that reaches a person: what is wrong, what to do, and the exit status."""

from __future__ import annotations

from typing import ClassVar


class LabError(Exception):
    """Something the user can understand and cure.

    ``what`` is one sentence of what is wrong, ``cure`` one sentence of what to do. Only ``__main__.py`` catches it.
    """

    exit_status: ClassVar[int] = 1

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure


ANEW = "To make it anew, which throws away what is in it: python3 lab.py reset SCENARIO"
"""The cure of a machine that cannot be reached."""


class UsageError(LabError):
    """The command or a scenario file is wrong: nothing was done."""

    exit_status = 2


class HostError(LabError):
    """The host lacks something: an engine, a package, disk space, a free port."""

    exit_status = 3


class SilentError(HostError):
    """An engine takes questions and answers none: to ask it again, or to start it, is in vain."""

    def __init__(self, engine: str, seconds: float) -> None:
        super().__init__(
            f"{engine} does not answer within {seconds:g} s: it hangs, or this host is overloaded.",
            "See with `systemctl status` or `ps` what keeps it, and repeat the command once it answers.",
        )


class MachineError(LabError):
    """A virtual machine or container could not be made, reached or brought into its state."""

    exit_status = 4


class ProvisionError(LabError):
    """A playbook failed, or was edited while it ran."""

    exit_status = 5


class BusyError(LabError):
    """Another process holds the lab."""

    exit_status = 6
