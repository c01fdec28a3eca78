"""The second `up scenario-3` (machines down, images baked) against plain `vagrant up` and Compose `up`.

The peer boots the very same golden box, its image already in the storage pool, and starts the same containers from
the same golden image; it provisions nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from timing import interleave, report, timed

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from provisioning.images.golden import Recipe  # noqa: E402
from provisioning.lab import Lab, down  # noqa: E402
from provisioning.machines import vm  # noqa: E402
from provisioning.progress import Quiet  # noqa: E402
from provisioning.scenario import load_scenario  # noqa: E402
from provisioning.settings import load_settings  # noqa: E402

ROUNDS = 3
ENVIRONMENT = {**os.environ, "LAB_NAME": "labbench"}
PEER = "vagrant up + compose up"


def lab(*argv: str) -> None:
    """One call of `lab.py`, in a lab of the benchmark's own."""
    subprocess.run([sys.executable, "lab.py", *argv], cwd=REPOSITORY, env=ENVIRONMENT, check=True, capture_output=True)


def compose(file: Path, *argv: str) -> None:
    """One call of Compose, whichever there is."""
    program = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
    subprocess.run([*program, "-p", "labbenchpeer", "-f", str(file), *argv], check=True, capture_output=True)


def main() -> None:
    """Interleave the two and print the table."""
    settings = load_settings(ENVIRONMENT)
    scenario = load_scenario(REPOSITORY / "labs" / "scenario-3")
    lab("up", scenario.name, "--yes")
    opened = Lab(settings, scenario, Quiet())
    place = vm.Place(settings, "peer", "vm")
    box = opened.images.box(Recipe("vm", opened.vms["vm"].roles))
    services = {
        name: {"image": opened.images.tag(Recipe("container", spec.roles)), "command": "sleep infinity", "init": True}
        for name, spec in opened.containers.items()
    }
    with TemporaryDirectory() as folder:
        file = Path(folder) / "compose.json"
        file.write_text(json.dumps({"version": "3.7", "services": services}))

        def ours() -> float:
            down(settings, scenario.name, Quiet())
            return timed(lambda: lab("up", scenario.name))

        def theirs() -> float:
            spec = opened.vms["vm"]
            seconds = timed(
                lambda: vm.boot(
                    place,
                    box,
                    memory=spec.memory,
                    cpus=spec.cpus,
                    driver=opened.images.driver,
                    key=opened.images.key,
                    phase=Quiet(),
                )
            )
            seconds += timed(lambda: compose(file, "up", "-d"))
            compose(file, "down")
            vm.remove(place)
            return seconds

        try:
            samples = interleave({"lab.py up scenario-3, second time": ours, PEER: theirs}, ROUNDS)
        finally:
            down(settings, "", Quiet())
    report(f"Warm start ({opened.images.driver})", samples, PEER)


if __name__ == "__main__":
    main()
