"""What a user would run instead: plain Vagrant, Compose, `docker run` in a loop of the shell, Molecule."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.ours import clear, environment
from provisioning import playbook
from provisioning.deployment import Deployment
from provisioning.machines import Machine
from provisioning.machines.vm import ssh, vagrant
from provisioning.machines.vm.places import Place
from provisioning.progress import Quiet
from provisioning.settings import REPOSITORY, load_settings

NAME = "labbenchpeer"
"""What everything of the peers is called; also their lab's name, so that `down` removes it."""
MOLECULE = ("molecule==26.10.0", "molecule-plugins[docker]==26.10.12", "ansible==12.3.0")
"""Its Docker driver is written with collections that only the full package of Ansible brings."""


class Vagrant:
    """A VM of the golden box of a VM of the lab, brought up with plain `vagrant`; the box lies in the pool already."""

    def __init__(self, deployment: Deployment, machine: str) -> None:
        self.place = Place(load_settings(environment(name=NAME)), "peer", machine)
        self.key = deployment.images.sources.ensure_key()
        self._box = deployment.images.vms.box(deployment.vms.recipe(machine))
        self._spec = deployment.vms.specs[machine]
        self._hypervisor = deployment.images.sources.hypervisor()

    def prepare(self) -> None:
        """Have box, network and settings where `vagrant` finds them, and the VM running."""
        spec = self._spec
        hardware = {"memory": spec.memory, "cpus": spec.cpus}
        vagrant.boot(self.place, self._box, **hardware, hypervisor=self._hypervisor, key=self.key, phase=Quiet())

    def __call__(self, *argv: str) -> None:
        """One call of `vagrant`."""
        env = vagrant.environment(self.place, self._box)
        subprocess.run(["vagrant", *argv], cwd=REPOSITORY, env=env, check=True, capture_output=True)

    @contextmanager
    def guest(self) -> Iterator[Machine]:
        """The VM, to run something in it."""
        with ssh.guest(self.place, self.key) as machine:
            yield machine

    def remove(self) -> None:
        """Remove the VM and all that was prepared for it."""
        clear(self.place.settings)


class Compose:
    """A project of containers of a lab's golden images; whichever Compose there is runs it."""

    def __init__(self, folder: Path, deployment: Deployment, machines: Sequence[str]) -> None:
        self._file = folder / "compose.json"
        services = {name: _service(deployment, name) for name in machines}
        self._file.write_text(json.dumps({"version": "3.7", "services": services}))

    def __call__(self, *argv: str) -> None:
        """One call of Compose."""
        command = [*compose_program(), "-p", NAME, "-f", str(self._file), *argv]
        subprocess.run(command, check=True, capture_output=True)

    def down(self) -> None:
        """Remove the containers and their network, in which the engine may at first still see one of a hundred."""
        with suppress(subprocess.CalledProcessError):
            self("down", "--timeout", "1")
        self("down", "--timeout", "1")


def _service(deployment: Deployment, machine: str) -> dict[str, Any]:
    image = deployment.containers.image(machine)
    return {"image": image, "command": "sleep infinity", "init": True}


def compose_program() -> list[str]:
    """Compose's plug-in where there is one, and else the program of its own."""
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return ["docker", "compose"] if plugin.returncode == 0 else ["docker-compose"]


def run_many(image: str, count: int, side_by_side: int, *, network: bool) -> None:
    """`docker run` for each container, some of them at a time.

    With ``network`` they are on one of their own, where they find each other by name; else on Docker's default bridge.
    """
    option = f"--network {NAME}" if network else ""
    run = f"docker run --detach --init {option} --label {NAME} {shlex.quote(image)} sleep infinity"
    make = f"docker network create {NAME} && " if network else ""
    loop = f"{make}seq {count} | xargs -P {side_by_side} -I N {run}"
    subprocess.run(["sh", "-c", loop], check=True, capture_output=True)


def remove_many() -> None:
    """Remove what :func:`run_many` started."""
    found = ["docker", "ps", "--all", "--quiet", f"--filter=label={NAME}"]
    ids = subprocess.run(found, check=True, capture_output=True).stdout.decode().split()
    if ids:
        subprocess.run(["docker", "rm", "--force", *ids], check=True, capture_output=True)
    subprocess.run(["docker", "network", "rm", NAME], check=False, capture_output=True)


class Molecule:
    """Molecule with its Docker driver, in a virtual environment of its own, on containers of the lab's base."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bin = folder / "venv" / "bin"

    def install(self) -> None:
        """Install it beside the Ansible that the lab uses."""
        venv.create(self._bin.parent, with_pip=True)
        ansible = f"ansible-core=={version('ansible-core')}"
        command = [str(self._bin / "pip"), "install", "--quiet", "--disable-pip-version-check", *MOLECULE, ansible]
        subprocess.run(command, check=True, capture_output=True)

    def write(self, image: str, machines: Sequence[str], variables: Mapping[str, str | bool]) -> None:
        """Write its scenario: containers of ``image`` that ``playbooks/site.yml`` is applied to."""
        container = {"groups": ["containers"], "image": image, "pre_build_image": True, "command": "sleep infinity"}
        settings = {
            "prerun": False,
            "driver": {"name": "docker"},
            "platforms": [{"name": f"{NAME}-{name}", **container} for name in machines],
            "provisioner": {
                "name": "ansible",
                "playbooks": {"converge": str(playbook.PLAYBOOKS / "site.yml")},
                "env": {"ANSIBLE_ROLES_PATH": str(playbook.ROLES), "ANSIBLE_PIPELINING": "1"},
                "inventory": {
                    "group_vars": {
                        "all": {
                            "lab_roles": ["common"],
                            "ansible_python_interpreter": "/usr/bin/python3",
                            **variables,
                        }
                    }
                },
            },
        }
        scenario = self._folder / "molecule" / "default"
        scenario.mkdir(parents=True, exist_ok=True)
        (scenario / "molecule.yml").write_text(json.dumps(settings))

    def __call__(self, verb: str) -> None:
        """One call of `molecule`."""
        env = {**os.environ, "PATH": f"{self._bin}:{os.environ['PATH']}", "ANSIBLE_HOME": str(self._folder / "ansible")}
        subprocess.run(["molecule", verb], cwd=self._folder, env=env, check=True, capture_output=True)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for a peer's files."""
    with TemporaryDirectory() as folder:
        yield Path(folder)
