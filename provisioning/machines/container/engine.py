"""Docker Engine: containers, their networks, volumes and images. The only file that knows the Docker SDK.

To import the SDK takes longer than all that is done with it before the first container starts: who needs both a VM and
the engine begins with the VM, and imports this meanwhile.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.types import Mount
from requests.exceptions import RequestException, Timeout

from provisioning import names
from provisioning.environment import SOCKET, refuse_another_engine
from provisioning.errors import HostError, LabError, MachineError, SilentError
from provisioning.machines.command import ASKING, run
from provisioning.machines.container.cli import foreign, is_own, labels
from provisioning.names import (
    BUILT_BY_LABEL,
    IMAGE_LABEL,
    KEEP_LABEL,
    LAB_LABEL,
    MACHINE_LABEL,
    OWNER_LABEL,
    SCENARIO_LABEL,
)
from provisioning.settings import Settings

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.images import Image
    from docker.models.networks import Network
    from docker.models.volumes import Volume

    from provisioning.scenario.model import ContainerSpec

DEFAULT_COMMAND = ("sleep", "infinity")
WORKING = 120
"""Seconds that Docker Engine may take for one request, such as to keep a large image."""
STOP = 3
"""Seconds in which the programs of a container may end by themselves when it is stopped."""


@cache
def connect() -> DockerClient:
    """Return the Docker Engine of this host. It is asked for its version once.

    Raises:
        HostError: it does not answer, this user may not use it, or the user's Docker uses another one.
        SilentError: it hangs.
    """
    refuse_another_engine()
    return connect_to(SOCKET)


def connect_to(socket: str) -> DockerClient:
    """Return the Docker Engine behind a socket, asked for its version.

    Raises:
        HostError: it does not answer, or this user may not use it.
        SilentError: it hangs.
    """
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


def limits(spec: ContainerSpec) -> dict[str, Any]:
    """Return the engine's options for a container's limits of memory and processors."""
    found: dict[str, Any] = {}
    if spec.memory:
        # With swap as well, or the engine would grant as much again of it where the host has some.
        found["mem_limit"] = found["memswap_limit"] = f"{spec.memory}m"
    if spec.cpus:
        found["nano_cpus"] = int(spec.cpus * 1e9)
    return found


def explained(error: Exception) -> LabError | None:
    """Return what an unexpected error of the Docker SDK means to the user; None for an error of anything else."""
    if isinstance(error, APIError):  # first: it is a RequestException, too
        return MachineError(
            f"Docker Engine refused: {error.explanation}",
            "Repeat the command; `python3 lab.py doctor` tells what the host lacks.",
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
    id: str
    networks: Mapping[str, str] = field(default_factory=dict)
    """The networks that it is to be in when it runs: their ids by their names."""


class Engine:
    """The part of Docker Engine that belongs to one lab."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.lab = settings.name
        self.client = connect()

    def full_name(self, scenario: str, machine: str) -> str:
        """Return the engine's name of a container or a volume."""
        return names.of_machine(self.lab, scenario, machine)

    def network_name(self, scenario: str) -> str:
        """Return the engine's name of a scenario's own network."""
        return names.of_scenario(self.lab, scenario)

    def _volumes(self, scenario: str, specs: Iterable[ContainerSpec]) -> dict[str, bool]:
        """Return the names of the volumes that containers mount, each with True if one of them wants it kept."""
        mounts = [mount for spec in specs for mount in spec.mounts if mount.type == "volume"]
        kept = {mount.source for mount in mounts if mount.keep}
        return {self.full_name(scenario, mount.source): mount.source in kept for mount in mounts}

    def labels(self, scenario: str, machine: str = "") -> dict[str, str]:
        """See :func:`provisioning.machines.container.cli.labels`."""
        return labels(self.settings, scenario, machine)

    def has_image(self, tag: str) -> bool:
        """Return True if the engine holds an image of that name which this user's lab or root's built."""
        try:
            builder = names.parse_owner(self.client.images.get(tag).labels.get(BUILT_BY_LABEL, ""))
        except ImageNotFound:
            return False
        return builder is not None and builder[0] in (0, self.settings.uid)

    def has_public_image(self, reference: str) -> bool:
        """Return True if the engine holds an image of that name, no matter who built it."""
        try:
            self.client.images.get(reference)
        except ImageNotFound:
            return False
        return True

    def import_image(self, tar: Path, tag: str) -> None:
        """Make an image of one layer from the tar of a root file system.

        Raises:
            MachineError: Docker cannot import it.
        """
        built_by = f"{BUILT_BY_LABEL}={json.dumps(self.settings.owner)}"
        result = run(
            [
                "docker",
                "import",
                "--change",
                'CMD ["bash"]',
                "--change",
                f"LABEL {IMAGE_LABEL}=base {built_by}",
                str(tar),
                tag,
            ],
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
        """Keep the file system as a golden image of that name. The image does not bear the marks of the container."""
        repository, _, version = tag.partition(":")
        marks = dict.fromkeys((LAB_LABEL, OWNER_LABEL, SCENARIO_LABEL, MACHINE_LABEL), "")
        kept = {**marks, IMAGE_LABEL: "golden", BUILT_BY_LABEL: self.settings.owner, **labels}
        changes = [f"LABEL {key}={json.dumps(value)}" for key, value in kept.items()]
        self.client.containers.get(container).commit(repository=repository, tag=version, changes=changes)

    def tags(self, repository: str) -> list[str]:
        """Return the names of the images in a repository that this lab built, the latest image last."""
        own = [image for image in self.client.images.list(repository) if self._has_built(image)]
        made = sorted(own, key=lambda image: str(image.attrs["Created"]))
        return [tag for image in made for tag in image.tags if tag.startswith(f"{repository}:")]

    def _has_built(self, image: Image) -> bool:
        return image.labels.get(BUILT_BY_LABEL) == self.settings.owner

    def image_size(self, tag: str) -> int:
        """Return the size of an image with all its layers, in bytes."""
        return int(self.client.images.get(tag).attrs["Size"])

    def image_made(self, tag: str) -> str:
        """Return when an image was made (ISO 8601)."""
        return str(self.client.images.get(tag).attrs["Created"])

    def image_id(self, tag: str) -> str:
        """Return the hash by which the engine knows an image."""
        return str(self.client.images.get(tag).id)

    def remove_image(self, tag: str) -> bool:
        """Remove an image. Return False if it stays because a container uses it."""
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
        """Return the labels of an image that the engine holds."""
        return dict(self.client.images.get(tag).labels)

    def prepare(self, scenario: str, specs: Iterable[ContainerSpec]) -> None:
        """Make the scenario's bridge network and the named volumes that its containers mount, unless they are there.

        Raises:
            HostError: a network or a volume of that name is there and is not the lab's own.
        """
        name = self.network_name(scenario)
        there = self.client.networks.list(names=[f"^{name}$"])
        for network in there:
            self._require_own("network", name, network.attrs["Labels"])
        if not there:
            self.client.networks.create(name, driver="bridge", labels=self.labels(scenario))
        for volume, kept in self._volumes(scenario, specs).items():
            self.client.volumes.create(volume, labels=self._volume_labels(scenario, kept=kept))
            # A volume that is there stays as it is. The answer of `create` lacks its labels if the engine was restarted
            # since it was made (moby, volume/service/store.go: `restore` puts a volume without labels into the cache).
            found = self.client.volumes.get(volume)
            self._require_own("volume", volume, found.attrs["Labels"])

    def _require_own(self, kind: str, name: str, found: Mapping[str, str] | None) -> None:
        """Refuse to go on with a thing of a wanted name that is somebody else's.

        Raises:
            HostError: what bears these labels is not the lab's own.
        """
        if not is_own(self.settings, found):
            raise foreign(f"{kind} {name}")

    def resume(self, scenario: str, found: Found) -> None:
        """Let a container go on in the scenario's network with what is in it, no matter what stopped it.

        Raises:
            MachineError: the engine cannot start it.
        """
        try:
            name = self.network_name(scenario)
            if found.networks.get(name) not in self._ids_of_network(name):
                if name in found.networks:  # a network of that name was removed
                    self.client.api.disconnect_container_from_network(found.id, name, force=True)
                self.client.api.connect_container_to_network(found.id, name)
            if found.status == "paused":
                self.client.api.unpause(found.id)
            elif found.status not in ("running", "restarting"):
                self.client.api.start(found.id)
        except APIError as error:
            raise MachineError(
                f"Docker cannot start {found.name} again, and what is in it stays: {error.explanation}",
                "Remove the cause and repeat the command, or throw its content away: python3 lab.py reset SCENARIO",
            ) from error

    def _ids_of_network(self, name: str) -> list[str | None]:
        return [network["Id"] for network in self.client.api.networks(names=[f"^{name}$"])]

    def stop(self, scenario: str = "") -> None:
        """Stop the containers of a scenario, or of the whole lab, side by side; file systems and volumes stay."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda found: self.client.api.stop(found.id, timeout=STOP), self.containers(scenario)))

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
        made: dict[str, str] = {}
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
                    **limits(spec),
                ),
            )
            api.start(made["Id"])
        except APIError as error:
            if made:
                self.remove_container(made["Id"])
            explanation = str(error.explanation)
            if "port is already allocated" in explanation or "address already in use" in explanation:
                raise HostError(
                    f"A port that {machine} of {scenario} publishes ({', '.join(map(str, spec.ports))}) is in use.",
                    "See who holds it with `ss -ltnp`, and end that if it is yours; or change `ports` in scenario.yml.",
                ) from error
            raise MachineError(
                f"Docker cannot start {machine}: {explanation}",
                "Correct that and repeat the command; `python3 lab.py doctor` tells what the host lacks.",
            ) from error

    def _volume_labels(self, scenario: str, *, kept: bool) -> dict[str, str]:
        return self.labels(scenario) | ({KEEP_LABEL: "yes"} if kept else {})

    def _mount(self, scenario: str, mount: Any, folder: Path) -> Mount:
        source: str | None = {
            "volume": self.full_name(scenario, mount.source),
            "bind": str((folder / mount.source).resolve()),
            "tmpfs": None,
        }[mount.type]
        # A volume that vanished since `prepare` is made by the engine, and would bear no labels.
        labels = self._volume_labels(scenario, kept=mount.keep) if mount.type == "volume" else None
        return Mount(mount.target, source, type=mount.type, read_only=mount.read_only, labels=labels)

    def containers(self, scenario: str = "") -> list[Found]:
        """Return the lab's own containers, running or not, or those of one scenario if it is named."""
        return [found for found in self._list(self._wanted(scenario)) if is_own(self.settings, found.labels)]

    def named(self, scenario: str) -> dict[str, Found]:
        """Return the containers with names as those of the scenario have, no matter who made them."""
        return {found.name: found for found in self._list({"name": f"^/{self.full_name(scenario, '')}"})}

    def _list(self, filters: Mapping[str, Any]) -> list[Found]:
        """List containers by one question to the engine. The SDK's own list asks again about each container."""
        return [
            Found(
                name[1:],
                each["State"],
                each["Image"],
                each["Labels"] or {},
                each["Id"],
                {name: of["NetworkID"] for name, of in each["NetworkSettings"]["Networks"].items()},
            )
            for each in self.client.api.containers(all=True, filters=dict(filters))
            for name in each["Names"] or ()  # none while it is being removed
            if "/" not in name[1:]  # the name that a link gives it in another container
        ]

    def everyone(self) -> list[Found]:
        """Return all containers of this host, running or not, no matter who made them."""
        return self._list({})

    def wanted(self, scenario: str, specs: Mapping[str, ContainerSpec]) -> dict[str, dict[str, str]]:
        """Return what the engine holds of a new scenario that is up, in the form of :meth:`inventory`."""
        return {
            "containers": {self.full_name(scenario, machine): "running" for machine in specs},
            "volumes": {name: "there" for name, kept in self._volumes(scenario, specs.values()).items() if not kept},
            "networks": {self.network_name(scenario): "there"},
            "images": {},
        }

    def inventory(self, scenario: str) -> dict[str, dict[str, str]]:
        """Return what the engine holds of a scenario, by kind and name, except volumes that are kept."""
        return {
            "containers": {container.name: container.status for container in self.containers(scenario)},
            "volumes": {str(volume.name): "there" for volume in self._volumes_there(scenario, kept=False)},
            "networks": {str(network.name): "there" for network in self._networks(scenario)},
            "images": {str(image.id): "there" for image in self._images(scenario)},
        }

    def remove_container(self, container: str) -> None:
        """Remove a container by name or id, with what runs in it. Nothing happens if it is not there."""
        try:
            self.client.api.remove_container(container, force=True, v=True)
        except NotFound:
            return
        except APIError as error:
            if error.status_code != 409:  # its removal is already under way
                raise

    def remove(self, scenario: str = "") -> list[str]:
        """Remove the containers, volumes and networks of a scenario, or of the whole lab; see :meth:`clear`."""
        return self.clear(scenario, own_network=True)

    def clear(self, scenario: str = "", *, own_network: bool = False) -> list[str]:
        """Remove the containers, side by side, the volumes, and the networks and images that learners made.

        Volumes that are to be kept stay. The scenario's own network stays unless ``own_network`` is true.

        Return sentences for the user about things in the way that are not the lab's own. A stranger's container is
        taken out of the lab's network and goes on. A volume that it uses is emptied for the next machine; with
        ``own_network`` no machine follows, and the volume stays as it is.
        """
        with ThreadPoolExecutor() as pool:
            list(pool.map(self.remove_container, (container.id for container in self.containers(scenario))))
        told = []
        for volume in self._volumes_there(scenario, kept=False):
            told += self._remove_volume(volume, empty=not own_network)
        for network in self._networks(scenario):
            own = network.name == self.network_name(str(network.attrs["Labels"].get(SCENARIO_LABEL)))
            told += self._disconnect_strangers(network)
            if own_network or not own:
                told += self._remove_network(network)
        for image in self._images(scenario):
            for tag in image.tags or [str(image.id)]:
                self.remove_image(tag)
        return told

    def _remove_volume(self, volume: Volume, *, empty: bool) -> list[str]:
        try:
            volume.remove(force=True)
        except APIError as error:
            if error.status_code != 409:  # a container uses it
                raise
            users = ", ".join(found.name for found in self._list({"volume": volume.name})) or "another container"
            if not empty:
                return [f"The volume {volume.name} stays: {users}, which is not the lab's own, uses it."]
            self._empty(volume)
            return [f"The volume {volume.name} was emptied and not made anew: {users}, not the lab's own, uses it."]
        return []

    def _empty(self, volume: Volume) -> None:
        """Remove what is on a volume: the engine fills an empty one as it does a new one."""
        image = self.client.images.list(filters={"label": IMAGE_LABEL})[0]
        self.client.containers.run(
            image,
            ["/volume", "-mindepth", "1", "-delete"],
            entrypoint=["find"],  # the image may be one that a learner made of ours
            user="0",
            mounts=[Mount("/volume", volume.name, type="volume", no_copy=True)],
            labels=self.labels(str(volume.attrs["Labels"].get(SCENARIO_LABEL))),
            network_mode="none",
            remove=True,
        )

    def _disconnect_strangers(self, network: Network) -> list[str]:
        """Take containers that are not the lab's own out of a network of the lab. Return a sentence about each."""
        network.reload()  # a list of networks does not tell who is in them
        inside = {id_: str(each["Name"]) for id_, each in network.attrs["Containers"].items()}
        # One that is stopped is in it as well, and could not start without it.
        inside |= {found.id: found.name for found in self._list({"network": network.id})}
        if not inside:
            return []
        own = {found.id for found in self.containers()}
        strangers = {id_: name for id_, name in inside.items() if id_ not in own}
        for id_, name in strangers.items():
            # The engine may list an endpoint whose container is gone. Such an endpoint can be removed only by its name.
            network.disconnect(name if id_.startswith("ep-") else id_, force=True)
        told = "was taken out of the lab's network"
        return [f"{name}, which is not the lab's own, {told} {network.name}." for name in strangers.values()]

    def _remove_network(self, network: Network) -> list[str]:
        try:
            network.remove()
        except NotFound:
            return []
        except APIError as error:
            if error.status_code != 403:  # something is in it
                raise
            return [f"The network {network.name} stays: {error.explanation}. The next `down` tries again."]
        return []

    def kept(self, scenario: str = "") -> list[str]:
        """Return the names of the volumes that outlive `reset` and `down`."""
        return sorted(str(volume.name) for volume in self._volumes_there(scenario, kept=True))

    def _volumes_there(self, scenario: str, *, kept: bool) -> list[Volume]:
        volumes = self.client.volumes.list(filters=self._wanted(scenario))
        own = [volume for volume in volumes if is_own(self.settings, volume.attrs["Labels"])]
        return [volume for volume in own if (KEEP_LABEL in volume.attrs["Labels"]) is kept]

    def _networks(self, scenario: str) -> list[Network]:
        networks = self.client.networks.list(filters=self._wanted(scenario))
        return [network for network in networks if is_own(self.settings, network.attrs["Labels"])]

    def _images(self, scenario: str) -> list[Image]:
        images = self.client.images.list(filters=self._wanted(scenario))
        return [image for image in images if is_own(self.settings, image.labels)]

    def _wanted(self, scenario: str) -> dict[str, str | list[str] | bool]:
        """Return a filter for what bears the lab's name, and a scenario's if given. Then :func:`is_own` decides."""
        return {"label": [f"{LAB_LABEL}={self.lab}"] + ([f"{SCENARIO_LABEL}={scenario}"] if scenario else [])}
