"""The containers of a scenario, by the `docker` command and by the SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provisioning.machines.container.engine import Engine
    from provisioning.settings import Settings


def engine_of(settings: Settings) -> Engine:
    """Return Docker Engine as a lab sees it.

    Its SDK is imported here, when the engine is needed: that takes 0.75 s on two slow cores, in which VMs start.

    Raises:
        HostError: it does not answer.
    """
    from provisioning.machines.container.engine import Engine

    return Engine(settings)
