"""What an engine makes of an image that was not built for it, and of one that was."""

import contextlib
import re

import pytest

TABLE = "/proc/sys/fs/binfmt_misc"
BOOT_ID = "/proc/sys/kernel/random/boot_id"


class Engine:
    """The Docker Engine of the host, or the one in the VM."""

    def __init__(self, place, writer):
        self.place = place
        self.write = f"docker exec {writer} make-image" if writer else "make-image"

    @contextlib.contextmanager
    def image(self, name, system, cpu, program):
        """An image made by hand and loaded; it yields what the engine said to that."""
        try:
            yield self.place.run(f"{self.write} {name} {system} {cpu} /srv/cpu/busybox.{program} | docker load")
        finally:
            self.place.run("docker rmi -f %s", name)

    def run(self, name, command, options=""):
        """What a container of the image answers."""
        return self.place.run(f"docker run --rm --network none {options} {name} {command}")


@pytest.fixture
def engine(machine, engine_name):
    """One of the two engines by the place where it runs."""
    return lambda place: Engine(machine(place), engine_name("box") if place == "host" else "")


@pytest.fixture
def name(engine_name):
    """A name for an image that nobody else has."""
    return engine_name("check")


def test_image_for_windows_is_refused(engine, name):
    """An engine on Linux refuses an image for Windows, and runs the same bytes once they are labelled for Linux."""
    for place in ("host", "vm"):
        at = engine(place)
        with at.image(name, "windows", "amd64", "amd64") as loaded:
            ran = at.run(name, "uname") if loaded.succeeded else loaded
        assert ran.failed, f"The engine of {place} ran an image for Windows: the image cannot have been for Windows."
        said = ran.stdout + ran.stderr
        # Engines say it in words of their own, some when the image is loaded and some when it is run.
        assert re.search("windows|operating system|platform", said, re.IGNORECASE), (
            f"The engine of {place} failed, but not because the image is for Windows. It said: {said.strip()}"
        )
        with at.image(name, "linux", "amd64", "amd64") as loaded:
            ran = at.run(name, "uname") if loaded.succeeded else loaded
        assert ran.stdout.strip() == "Linux", (
            f"The engine of {place} does not run the same bytes labelled for Linux either: {ran.stderr.strip()}"
        )


def test_image_for_another_cpu_is_refused(engine, name):
    """An image for another CPU does not start."""
    at = engine("vm")
    at.place.check_output(f"test -e {TABLE}/status || mount -t binfmt_misc binfmt_misc {TABLE}")
    at.place.check_output(f"echo 0 >{TABLE}/status")
    try:
        with at.image(name, "linux", "arm64", "arm64") as loaded:
            assert loaded.succeeded, f"The VM's engine did not take the image: {loaded.stderr.strip()}"
            ran = at.run(name, "uname -m", "--platform linux/arm64")
    finally:
        at.place.check_output(f"echo 1 >{TABLE}/status")
    assert ran.failed and "exec format error" in ran.stderr.lower(), (
        f"The image for arm64 should have failed with `exec format error`. It said: {(ran.stdout + ran.stderr).strip()}"
    )


def test_one_image_runs_on_two_kernels(engine, name, machine):
    """The same image runs on the host's kernel, and in the VM on the VM's."""
    layers, starts = {}, {}
    for place in ("host", "vm"):
        at = engine(place)
        with at.image(name, "linux", "amd64", "amd64") as loaded:
            assert loaded.succeeded, f"The engine of {place} did not take the image: {loaded.stderr.strip()}"
            layers[place] = at.place.check_output("docker image inspect --format '{{.RootFS.Layers}}' %s", name)
            starts[place] = at.run(name, f"cat {BOOT_ID}").stdout.strip()
    assert layers["host"] == layers["vm"], (
        "The two engines do not hold the same image: the hashes of the layers differ."
    )
    for place, start in starts.items():
        assert start == machine(place).check_output("cat %s", BOOT_ID), (
            f"The container of the engine of {place} does not run on the kernel of {place}."
        )
    assert starts["host"] != starts["vm"], "Both engines run the image on one kernel: the VM is no VM."
