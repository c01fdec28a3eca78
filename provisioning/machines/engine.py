"""Docker Engine: containers, their networks, volumes and images. The only file that knows the Docker SDK.

To import the SDK takes longer than all that is done with it before the first container starts: who needs both a VM and
the engine begins with the VM, and imports this meanwhile.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.types import Mount
from requests.exceptions import RequestException, Timeout

from provisioning.environment import SOCKET, refuse_another_engine
from provisioning.errors import HostError, LabError, MachineError, SilentError
from provisioning.machines.command import ASKING, run
from provisioning.machines.container import LAB, MACHINE, SCENARIO, full_name, labels, network_name

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.volumes import Volume

    from provisioning.scenario import ContainerSpec

IMAGE = "lab.image"
KEEP = "lab.keep"
"""Label of a volume that outlives `reset` and `down`, whatever its value."""
DEFAULT_COMMAND = ("sleep", "infinity")
WORKING = 120
"""Seconds that Docker Engine may take for one request, such as to keep a large image."""
STOP = 3
"""Seconds in which the programs of a container may end by themselves when it is stopped."""


@cache
def connect() -> DockerClient:
    """The Docker Engine of this host, asked for its version once.

    Raises:
        HostError: it does not answer, may not be used by this user, or is not the one that the user's Docker uses.
        SilentError: it hangs.
    """
    refuse_another_engine()
    return _connect(SOCKET)


def _connect(socket: str) -> DockerClient:
    try:
        client = docker.DockerClient(base_url=f"unix://{socket}", timeout=ASKING)
    except (DockerException, OSError) as error:
        if isinstance(error.__cause__, Timeout):
            raise SilentError("Docker Engine", ASKING) from error
        if Path(socket).exists() and not os.access(socket, os.W_OK):
            raise HostError(
                f"You may not use Docker Engine: its socket {socket} is not yours to write to.",
                "Have `python3 lab.py setup` add you to its group, then log out and in again.",
            ) from error
        raise HostError("Docker Engine does not answer.", "Start it: python3 lab.py setup") from error
    client.api.timeout = WORKING
    return client


def explained(error: Exception) -> LabError | None:
    """What an error of the Docker SDK that nobody expected means to the user; None when it is none of the SDK's."""
    if isinstance(error, APIError):  # which is one of the others, too
        return MachineError(
            f"Docker Engine refused: {error.explanation}",
            "Run: python3 lab.py down --all; where that is refused, restart Docker Engine.",
        )
    if isinstance(error, RequestException):
        return HostError("Docker Engine stopped answering.", "Repeat the command; `python3 lab.py setup` starts it.")
    return None


@dataclass(frozen=True)
class Found:
    """A container as the engine lists it."""

    name: str
    status: str
    """``running`` or the engine's own word for what it is instead."""
    image: str
    """The image's name, or its id when the name went to another image."""
    labels: Mapping[str, str]


class Engine:
    """The part of Docker Engine that belongs to one lab."""

    def __init__(self, lab: str) -> None:
        self.lab = lab
        self.client = connect()

    def full_name(self, scenario: str, machine: str) -> str:
        """See :func:`provisioning.machines.container.full_name`."""
        return full_name(self.lab, scenario, machine)

    def network_name(self, scenario: str) -> str:
        """See :func:`provisioning.machines.container.network_name`."""
        return network_name(self.lab, scenario)

    def _volumes(self, scenario: str, specs: Iterable[ContainerSpec]) -> dict[str, bool]:
        """The names of the volumes that containers mount, and whether one of them wants it kept."""
        mounts = [mount for spec in specs for mount in spec.mounts if mount.type == "volume"]
        kept = {mount.source for mount in mounts if mount.keep}
        return {self.full_name(scenario, mount.source): mount.source in kept for mount in mounts}

    def labels(self, scenario: str, machine: str = "") -> dict[str, str]:
        """See :func:`provisioning.machines.container.labels`."""
        return labels(self.lab, scenario, machine)

    def has_image(self, tag: str) -> bool:
        """Whether the engine holds an image of that name."""
        try:
            self.client.images.get(tag)
        except ImageNotFound:
            return False
        return True

    def import_image(self, tar: Path, tag: str) -> None:
        """Make an image of one layer out of a root file system's tar."""
        result = run(
            ["docker", "import", "--change", 'CMD ["bash"]', "--change", f"LABEL {IMAGE}=base", str(tar), tag],
            timeout=600,
        )
        if result.status:
            raise MachineError(
                f"Docker cannot import the base image: {result.stderr.strip()}", "Run: python3 lab.py doctor"
            )

    def pull_image(self, reference: str) -> None:
        """Fetch a public image.

        Raises:
            HostError: the registry does not answer or has no such image.
        """
        try:
            self.client.images.pull(reference)
        except APIError as error:
            raise HostError(
                f"The container image {reference} cannot be pulled: {error.explanation}",
                "Correct LAB_CONTAINER_IMAGE, pull it by hand (`docker pull`, where it asks for a password), or unset "
                "the variable to build the image from Debian's packages.",
            ) from error

    def commit(self, container: str, tag: str, labels: Mapping[str, str]) -> None:
        """Keep the file system as a golden image of that name; the marks of the container itself are taken off."""
        repository, _, version = tag.partition(":")
        kept = {LAB: "", SCENARIO: "", MACHINE: "", IMAGE: "golden", **labels}
        changes = [f"LABEL {key}={json.dumps(value)}" for key, value in kept.items()]
        self.client.containers.get(container).commit(repository=repository, tag=version, changes=changes)

    def tags(self, repository: str) -> list[str]:
        """Every name of an image in that repository, the image made last at the end."""
        images = self.client.images.list(repository)
        made = sorted(images, key=lambda image: str(image.attrs["Created"]))
        return [tag for image in made for tag in image.tags if tag.startswith(f"{repository}:")]

    def image_size(self, tag: str) -> int:
        """Bytes of an image with all its layers."""
        return int(self.client.images.get(tag).attrs["Size"])

    def image_made(self, tag: str) -> str:
        """When an image was made (ISO 8601)."""
        return str(self.client.images.get(tag).attrs["Created"])

    def image_id(self, tag: str) -> str:
        """The hash by which the engine knows an image."""
        return str(self.client.images.get(tag).id)

    def remove_image(self, tag: str) -> bool:
        """Remove an image that no container uses; whether it went."""
        try:
            self.client.images.remove(tag)
        except ImageNotFound:
            return True
        except APIError as error:
            if error.status_code == 409:  # a container uses it
                return False
            raise
        return True

    def image_labels(self, tag: str) -> dict[str, str]:
        """The labels of an image the engine holds."""
        return dict(self.client.images.get(tag).labels)

    def prepare(self, scenario: str, specs: Iterable[ContainerSpec]) -> None:
        """Make the scenario's bridge network and the named volumes its containers mount, where missing."""
        name = self.network_name(scenario)
        if not self.client.networks.list(names=[f"^{name}$"]):
            self.client.networks.create(name, driver="bridge", labels=self.labels(scenario))
        for volume, kept in self._volumes(scenario, specs).items():
            self.client.volumes.create(volume, labels=self.labels(scenario) | ({KEEP: "yes"} if kept else {}))

    def resume(self, found: Found) -> bool:
        """Have a container run again if it was stopped; False when it is in another state than these two.

        Raises:
            MachineError: the engine cannot start it.
        """
        if found.status == "exited":
            try:
                self.client.api.start(found.name)
            except APIError as error:
                raise MachineError(
                    f"Docker cannot start {found.name} again: {error.explanation}",
                    "Make it afresh: python3 lab.py reset SCENARIO",
                ) from error
        return found.status in ("running", "exited")

    def stop(self, scenario: str = "") -> None:
        """Stop the containers of a scenario, or of the whole lab, side by side; file systems and volumes stay."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda found: self.client.api.stop(found.name, timeout=STOP), self.containers(scenario)))

    def create(
        self,
        scenario: str,
        machine: str,
        spec: ContainerSpec,
        image: str,
        folder: Path,
        labels: Mapping[str, str],
    ) -> None:
        """Make and start the container, after :meth:`prepare`; ``folder`` is where relative bind mounts begin.

        Raises:
            HostError: a host port is in use.
            MachineError: the engine refused for another reason.
        """
        name, api = self.full_name(scenario, machine), self.client.api
        try:
            made = api.create_container(
                image,
                list(spec.command or DEFAULT_COMMAND),
                name=name,
                hostname=machine,
                detach=True,
                labels={**self.labels(scenario, machine), **labels},
                environment=dict(spec.environment),
                ports=list(spec.ports.values()),
                use_config_proxy=False,
                host_config=api.create_host_config(
                    init=True,
                    network_mode=self.network_name(scenario),
                    mounts=[self._mount(scenario, mount, folder) for mount in spec.mounts],
                    port_bindings={inside: ("127.0.0.1", outside) for outside, inside in spec.ports.items()},
                    **self._limits(spec),
                ),
            )
            api.start(made["Id"])
        except APIError as error:
            self.remove_container(name)
            explanation = str(error.explanation)
            if "port is already allocated" in explanation or "address already in use" in explanation:
                raise HostError(
                    f"A port that {machine} of {scenario} publishes ({', '.join(map(str, spec.ports))}) is in use.",
                    "Find who holds it with `ss -ltnp` and end that, or change `ports` in scenario.yml.",
                ) from error
            raise MachineError(
                f"Docker cannot start {machine}: {explanation}", "Run: python3 lab.py down --all"
            ) from error

    def _mount(self, scenario: str, mount: Any, folder: Path) -> Mount:
        source: str | None = {
            "volume": self.full_name(scenario, mount.source),
            "bind": str((folder / mount.source).resolve()),
            "tmpfs": None,
        }[mount.type]
        return Mount(mount.target, source, type=mount.type, read_only=mount.read_only)

    @staticmethod
    def _limits(spec: ContainerSpec) -> dict[str, Any]:
        limits: dict[str, Any] = {}
        if spec.memory:
            limits["mem_limit"] = f"{spec.memory}m"
        if spec.cpus:
            limits["nano_cpus"] = int(spec.cpus * 1e9)
        return limits

    def containers(self, scenario: str = "") -> list[Found]:
        """The lab's containers, running or not; of one scenario when named."""
        return self._list(self._wanted(scenario))

    def named(self, scenario: str) -> dict[str, Found]:
        """Every container that is called as if it were one of the scenario's, whoever made it."""
        return {found.name: found for found in self._list({"name": f"^/{self.full_name(scenario, '')}"})}

    def _list(self, filters: Mapping[str, Any]) -> list[Found]:
        """One question, however many there are; the SDK's own list asks about each of them again."""
        return [
            Found(name[1:], each["State"], each["Image"], each["Labels"] or {})
            for each in self.client.api.containers(all=True, filters=dict(filters))
            for name in each["Names"] or ()  # none while it is being removed
            if "/" not in name[1:]  # the name that a link gives it in another container
        ]

    def everyone(self) -> list[Found]:
        """The containers of this host, running or not, of whatever lab or of none."""
        return self._list({})

    def wanted(self, scenario: str, specs: Mapping[str, ContainerSpec]) -> dict[str, dict[str, str]]:
        """What the engine holds of a scenario that is up and untouched, in the form of :meth:`inventory`."""
        return {
            "containers": {self.full_name(scenario, machine): "running" for machine in specs},
            "volumes": {name: "there" for name, kept in self._volumes(scenario, specs.values()).items() if not kept},
            "networks": {self.network_name(scenario): "there"},
            "images": {},
        }

    def inventory(self, scenario: str) -> dict[str, dict[str, str]]:
        """What the engine holds of a scenario, by kind and name, but for volumes that are kept."""
        client, labels = self.client, self._wanted(scenario)
        return {
            "containers": {container.name: container.status for container in self.containers(scenario)},
            "volumes": {str(volume.name): "there" for volume in self._volumes_there(scenario, kept=False)},
            "networks": {str(network.name): "there" for network in client.networks.list(filters=labels)},
            "images": {str(image.id): "there" for image in client.images.list(filters=labels)},
        }

    def remove_container(self, name: str) -> None:
        """Remove the container with what runs in it; nothing happens when it is not there."""
        try:
            self.client.api.remove_container(name, force=True, v=True)
        except NotFound:
            return
        except APIError as error:
            if error.status_code != 409:  # its removal is already under way
                raise

    def remove(self, scenario: str = "") -> None:
        """Remove the containers, volumes and networks of a scenario, or of the whole lab."""
        self.clear(scenario, own_network=True)

    def clear(self, scenario: str = "", *, own_network: bool = False) -> None:
        """Remove the containers, side by side, the volumes, and the networks and images that learners made.

        Volumes marked to be kept stay. The scenario's own network stays unless ``own_network`` is true.
        """
        with ThreadPoolExecutor() as pool:
            list(pool.map(self.remove_container, (container.name for container in self.containers(scenario))))
        for volume in self._volumes_there(scenario, kept=False):
            volume.remove(force=True)
        for network in self.client.networks.list(filters=self._wanted(scenario)):
            if own_network or network.name != self.network_name(scenario):
                network.remove()
        for image in self.client.images.list(filters=self._wanted(scenario)):
            for tag in image.tags or [str(image.id)]:
                self.remove_image(tag)

    def kept(self, scenario: str = "") -> list[str]:
        """The names of the volumes that outlive `reset` and `down`."""
        return sorted(str(volume.name) for volume in self._volumes_there(scenario, kept=True))

    def _volumes_there(self, scenario: str, *, kept: bool) -> list[Volume]:
        volumes = self.client.volumes.list(filters=self._wanted(scenario))
        return [volume for volume in volumes if (KEEP in volume.attrs["Labels"]) is kept]

    def _wanted(self, scenario: str) -> dict[str, str | list[str] | bool]:
        """The filter that finds the objects of a scenario, or of the whole lab."""
        return {"label": [f"{LAB}={self.lab}"] + ([f"{SCENARIO}={scenario}"] if scenario else [])}
