"""Everything anew after an edit of a role: machines made and converged, against Molecule on containers alone."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from benchmarks import reset
from benchmarks.ours import SCENARIO, clear, opened
from benchmarks.peers import Molecule, scratch
from benchmarks.timing import Benchmark, Goal, Rivals, ratio, timed
from provisioning import playbook
from provisioning.deployment import Deployment, down
from provisioning.progress import Quiet
from provisioning.stock.store import forget

BAKE = "VM and containers: make, converge, keep the images"
CONVERGE = "of that the playbook"
COLD = f"down + cold up of {SCENARIO}"
PEER = "molecule converge, two containers"
CREATE, DESTROY = "molecule create", "molecule destroy"
PHASE = "Converging "
"""How the phase begins in which the playbook runs."""


class _Phases(Quiet):
    """A progress that keeps how long the playbook took."""

    def __init__(self) -> None:
        self.converged = 0.0

    @contextmanager
    def phase(self, title: str, *, lasting: bool = True) -> Iterator[Quiet]:
        began = time.perf_counter()
        yield self
        if title.startswith(PHASE):
            self.converged = time.perf_counter() - began


@contextmanager
def _edited(folder: Path) -> Iterator[None]:
    """The playbooks as if someone had just edited a role: no image was baked from them yet."""
    copy = folder / str(uuid.uuid4())
    shutil.copytree(playbook.PLAYBOOKS, copy)
    with (copy / "roles" / "common" / "tasks" / "main.yml").open("a") as tasks:
        tasks.write(f"\n# {copy.name}\n")
    with patch.object(playbook, "PLAYBOOKS", copy), patch.object(playbook, "ROLES", copy / "roles"):
        yield


def _forget(deployment: Deployment) -> None:
    """Remove what was baked from the edited playbooks."""
    clear(deployment.settings)
    forget(deployment)


@contextmanager
def _rivals() -> Iterator[Rivals]:
    told: dict[str, float] = {}

    with scratch() as folder:
        molecule = Molecule(folder)
        installed = False

        def bake() -> float:
            phases = _Phases()
            with _edited(folder):
                deployment = opened(progress=phases)
                down(deployment.settings, SCENARIO, Quiet())
                try:
                    seconds = timed(lambda: deployment.images.ensure(deployment.recipes()))
                    told[CONVERGE] = phases.converged
                    told[COLD] = (
                        seconds + timed(deployment.up) + timed(lambda: down(deployment.settings, SCENARIO, Quiet()))
                    )
                finally:
                    _forget(deployment)
            return seconds

        def create() -> float:
            nonlocal installed
            if not installed:
                print("  installing Molecule", flush=True)
                molecule.install()
                deployment = opened()
                image = deployment.settings.container_image or f"lab-base:{deployment.images.sources.ensure_base().key}"
                molecule.write(image, list(deployment.containers.specs), deployment.images.sources.variables())
                installed = True
            return timed(lambda: molecule("create"))

        try:
            yield {
                BAKE: bake,
                CONVERGE: lambda: told[CONVERGE],
                COLD: lambda: told[COLD],
                CREATE: create,
                PEER: lambda: timed(lambda: molecule("converge")),
                DESTROY: lambda: timed(lambda: molecule("destroy")),
            }
        finally:
            if installed:
                molecule("destroy")


BENCHMARK = Benchmark(
    "Converge, nothing baked",
    "Ours: a role was just edited, so the golden images of the VM and of the containers (both are of one recipe: the "
    "playbook runs on one) are made anew from the base, which is there. Cold `up` goes on from there: the VM is booted "
    "from its golden disk, kept with its memory and started from it, with the containers; `down` of it is added. The "
    "peer: the same playbook with the same variables on two containers of the same base image, no VM.",
    PEER,
    2,
    _rivals,
    (
        Goal("`reset` / (`down` + `up` cold)", ratio(reset.OURS, COLD), 0.02),
        Goal("the playbook on VM and container / Molecule's converge of the containers alone", ratio(CONVERGE, PEER)),
        Goal(
            "make, converge and keep VM and containers / Molecule's create and converge",
            lambda medians: medians[BAKE] / (medians[CREATE] + medians[PEER]),
        ),
    ),
)
