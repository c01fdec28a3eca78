"""The host itself, as the machine that the others are compared with."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from provisioning.machines import Kind, Result
from provisioning.machines.command import run


@dataclass(frozen=True)
class Host:
    """The host, as the user who runs the lab."""

    name: str = "host"
    kind: Kind = "host"

    def exec(self, argv: Sequence[str], *, stdin: str = "", timeout: float = 60.0, limit: int | None = None) -> Result:
        """See :class:`provisioning.machines.Machine`; on the host the user is not made root."""
        return run(argv, stdin=stdin, timeout=timeout, limit=limit)

    def shell_argv(self, *, terminal: bool = True) -> list[str]:
        """See :class:`provisioning.machines.Machine`."""
        return [os.environ["SHELL"]]
