"""What images are made from and with on this host: base, key, cache, engine, hypervisor. Each is found once."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from provisioning.host.probe import Acceleration, probe_acceleration
from provisioning.images.base import Base, base_inputs, ensure_base
from provisioning.images.cache import Cache, Inputs, key_of
from provisioning.machines.container import engine_of
from provisioning.machines.vm.ssh import ensure_key
from provisioning.progress import Progress
from provisioning.settings import Settings

if TYPE_CHECKING:
    from provisioning.machines.container.engine import Engine


class Sources:
    """What the images of a lab are made from and with."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self.settings = settings
        self.progress = progress
        self.cache = Cache(settings.cache, settings.shared_cache)
        self._looking = threading.RLock()
        """Machines are made side by side. The first that needs a thing finds it, and the others wait for that."""
        self._connecting = threading.Lock()
        """The same for the engine alone, as its client takes 0.07 s to import, for which no VM waits."""
        self._engine: Engine | None = None
        self._key: Path | None = None
        self._base: Base | None = None
        self._acceleration: Acceleration | None = None

    def connect(self) -> Engine:
        """Return Docker Engine.

        Raises:
            HostError: it does not answer.
        """
        with self._connecting:
            self._engine = self._engine or engine_of(self.settings)
            return self._engine

    def ensure_key(self) -> Path:
        """Return the lab's private SSH key. Make it if it is missing."""
        with self._looking:
            self._key = self._key or ensure_key(self.settings)
            return self._key

    @cached_property
    def base_inputs(self) -> Inputs:
        """Everything that decides what the base holds; its hash is the key."""
        return base_inputs(self.settings.suite)

    @property
    def base_key(self) -> str:
        """The key of the base, whether it was built or not."""
        return key_of(self.base_inputs)

    def ensure_base(self) -> Base:
        """Return the base of the VM's disk and the containers' image. Build it if it is missing.

        Raises:
            HostError: see :func:`provisioning.images.base.ensure_base`.
        """
        with self._looking:
            self._base = self._base or ensure_base(self.settings, self.progress)
            return self._base

    def probe(self) -> Acceleration:
        """Return how VMs run on this host. To find out, a kernel may have to be booted, and built before that."""

        def kernel() -> Path | None:
            return None if self.settings.vagrant_box else self.ensure_base().kernel_image

        with self._looking:
            self._acceleration = self._acceleration or probe_acceleration(self.settings, kernel)
            return self._acceleration

    def hypervisor(self) -> str:
        """Return libvirt's name of what runs VMs on this host: ``kvm``, or ``qemu`` for software emulation."""
        return "kvm" if self.probe().kind == "kvm" else "qemu"

    def variables(self) -> dict[str, str | bool]:
        """Return the variables of the playbooks. They hold the public key only if images are to hold it."""
        public = bool(self.settings.vagrant_box)
        key = self.ensure_key().with_suffix(".pub").read_text().strip() if public else ""
        return {"lab_public_key": key, "lab_public_box": public}
