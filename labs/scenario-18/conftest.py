"""Containers and networks that are made for a check, and gone when it is over."""

import contextlib
import json
from pathlib import Path

import pytest

FILES = Path(__file__).parent / "files"
KNOWS_NO_NAME = "env RES_OPTIONS=timeout:1"
"""Where the engine knows no name it asks the host's name server, which may be away."""


class Engine:
    """What a check makes at the engine, and asks of it."""

    def __init__(self, on_host, engine_name):
        self.on_host, self.engine_name = on_host, engine_name
        self.network = engine_name("")[:-1]
        back = self.told(engine_name("back"))
        self.image = back["Config"]["Image"]
        self.marks = {name: back["Config"]["Labels"][name] for name in ("lab.name", "lab.scenario")}
        self.labels = " ".join(f"--label {name}={value}" for name, value in self.marks.items())

    def told(self, name):
        """What the engine tells of a container or a network."""
        return json.loads(self.on_host.check_output("docker inspect %s", name))[0]

    def addresses(self, name):
        """A container's addresses, by the names of its networks."""
        networks = self.told(name)["NetworkSettings"]["Networks"]
        return {network: of["IPAddress"] for network, of in networks.items() if of["IPAddress"]}

    @contextlib.contextmanager
    def once(self, *places, options="", name="check"):
        """A container of back's image that serves at these places, for the time of a block; its name."""
        name = self.engine_name(name)
        served = " ".join(places or ["127.0.0.1:7001"])
        said = f"docker logs {name} 2>&1"
        runs = f"docker inspect --format '{{{{.State.Running}}}}' {name}"
        try:
            self.on_host.check_output(
                f"docker run --detach --init {self.labels} --volume %s:/lesson:ro {options} --name {name} "
                f"{self.image} python3 /lesson/serve.py {served}",
                str(FILES),
            )
            told = f"{said} | grep -e open -e refused || [ $({runs}) != true ]"
            self.on_host.check_output("timeout 60 sh -c %s", f"until {told}; do sleep 0.1; done")
            yield name
        finally:
            self.on_host.run("docker rm --force %s", name)

    @contextlib.contextmanager
    def other_network(self):
        """Another network of the scenario, for the time of a block; its name."""
        name = self.engine_name("check")
        there = f"docker network inspect {name} || docker network create {self.labels} {name}"
        try:
            self.on_host.check_output(there)
            yield name
        finally:
            self.on_host.run("docker network rm %s", name)

    def said(self, name):
        """What a container has said so far."""
        return self.on_host.check_output("docker logs %s 2>&1", name)

    def port(self, name, inside):
        """The host's port that leads to a container's."""
        return self.told(name)["NetworkSettings"]["Ports"][f"{inside}/tcp"][0]["HostPort"]

    def ask(self, place, *places, within=""):
        """What a machine (or a container on the host) is answered at each ADDRESS:PORT, a line for each."""
        enter = f"docker exec {within} " if within else ""
        program = (FILES / "ask.py").read_text()
        asked = " ".join(places)
        return place.check_output(f"{enter}{KNOWS_NO_NAME} python3 -c %s {asked}", program).splitlines()


@pytest.fixture
def engine(on_host, engine_name):
    """Docker Engine, for the time of a check."""
    return Engine(on_host, engine_name)
