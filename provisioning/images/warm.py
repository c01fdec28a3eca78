"""Warm states: the disk and the memory of a VM that runs, kept by the hash of everything that goes in."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provisioning import names
from provisioning.images.cache import key_of
from provisioning.images.golden import Images
from provisioning.images.kind import recipe_of
from provisioning.machines.vm import places, snapshot, ssh, vagrant
from provisioning.machines.vm.places import Place
from provisioning.scenario.model import VmSpec

WARM = "warm"
"""The cache's kind of a VM's disk and memory."""
KEPT = "kept-id"
"""The file of a state that tells it from others of the same key."""


@dataclass(frozen=True)
class WarmState:
    """The state that a VM of a scenario is started from."""

    images: Images
    place: Place
    """Where the VM will stand on the host."""
    spec: VmSpec

    def inputs(self) -> dict[str, Any]:
        """Return everything that decides what the state holds.

        The key is their hash, once the golden image was baked. Until then, what follows from the image is not known and
        is left out.
        """
        golden, place = self.images.inputs(recipe_of(self.spec)), self.place
        inputs = {
            "capture": snapshot.CAPTURE,
            "golden": golden,
            "domain": place.domain if place.settings.vagrant_box else place.machine,
            "memory": self.spec.memory,
            "cpus": self.spec.cpus,
        }
        if build := self.images.vms.build_of(key_of(golden)):
            inputs |= {"build": build, "driver": self.images.sources.hypervisor()}
        return inputs

    def key(self) -> str:
        """Return the hash of the inputs."""
        return key_of(self.inputs())

    def find(self) -> Path | None:
        """Return the folder that holds the state; None if it was not kept."""
        return self.images.sources.cache.get(WARM, self.key())

    def ensure(self) -> bool:
        """Boot the VM and keep its state, unless it is kept already. Return True if it was not.

        Raises:
            MachineError: the VM does not boot, or cannot be kept.
        """
        if self.find() is not None:
            return False
        # A guest of a box built here can be told another name and address. What a public one can is not known.
        place = self.place
        if not place.settings.vagrant_box:
            place = Place(place.settings, names.of_bakery(self.key()), place.machine)
        try:
            self.keep(lambda folder: self._capture(place, folder))
        finally:
            places.remove(place)
        return True

    def keep(self, fill: Callable[[Path], None]) -> None:
        """Keep what ``fill`` writes as the state, now that the golden image is there, unless one is kept already."""
        inputs = self.inputs()

        def fill_and_name(folder: Path) -> None:
            fill(folder)
            (folder / KEPT).write_text(str(uuid.uuid4()))

        self.images.sources.cache.build(WARM, key_of(inputs), inputs, fill_and_name)

    def kept(self) -> dict[str, str]:
        """Return the id of the kept state; nothing if there is no state, or it is of a time before there were ids.

        A state of the same key that is kept anew comes from another boot. There the kernel chooses some settings anew,
        such as the size of its buffers, by the memory that it found free.
        """
        state = self.find()
        file = state / KEPT if state else None
        return {"kept": file.read_text()} if file and file.is_file() else {}

    def _capture(self, place: Place, folder: Path) -> None:
        name, sources = place.machine, self.images.sources
        with sources.progress.phase(f"Booting {name} from its golden disk (vagrant up)") as phase:
            vagrant.boot(
                place,
                self.images.vms.box(recipe_of(self.spec)),
                memory=self.spec.memory,
                cpus=self.spec.cpus,
                hypervisor=sources.hypervisor(),
                key=sources.ensure_key(),
                phase=phase,
            )
        with sources.progress.phase(f"Keeping {name}, disk and memory, for the next start"):
            with ssh.guest(place, sources.ensure_key()) as guest:
                guest.make_ready()
            snapshot.capture(place, self.place, folder)
