"""What is not the lab's own is never listed, stopped, changed or removed, and never a reason to be stuck."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from provisioning.settings import Settings
from tests.engine.conftest import LAB, lab, lab_json, leftovers, sh
from tests.engine.test_errors import assert_told

SCENARIO = """
title: Mine and yours
summary: A test.
claims: [C2]
machines:
  box: {kind: container, mounts: [{type: volume, source: data, target: /data}]}
steps:
  - {id: look, title: Look, script: look.sh, on: [box], proves: Something.}
"""
NAME = "scenario-1"
BOX, DATA, NETWORK = f"{LAB}-{NAME}-box", f"{LAB}-{NAME}-data", f"{LAB}-{NAME}"
VIRSH = ("virsh", "--quiet", "--connect", "qemu:///system")
DOMAIN = "<domain type='qemu'><name>{}</name><memory unit='MiB'>16</memory><os><type>hvm</type></os>{}</domain>"
CARD = "<devices><interface type='network'><source network='{}'/></interface></devices>"


def image() -> str:
    """Some image of the lab's, of which a stranger makes a container; none that a learner makes of it meanwhile."""
    return sh("docker", "images", "--quiet", "--filter", "label=lab.image=golden", "lab-golden").split()[0]


@pytest.fixture
def own(host: None, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a lab with one scenario of a container and a volume."""
    folder = tmp_path / NAME
    folder.mkdir()
    (folder / "scenario.yml").write_text(SCENARIO)
    (folder / "lesson.en.md").write_text("# Mine and yours\n")
    (folder / "look.sh").write_text("ls /data\n")
    yield {"LAB_SCENARIOS": str(tmp_path)}
    lab("down", "--all", env={"LAB_SCENARIOS": str(tmp_path)})


@contextmanager
def stranger(*argv: str) -> Iterator[str]:
    """A container that is not the lab's own; its id."""
    found = sh("docker", "run", "--detach", "--init", *argv, image(), "sleep", "infinity").strip()
    try:
        yield found
    finally:
        subprocess.run(["docker", "rm", "--force", found], check=False, capture_output=True)


@contextmanager
def domain(name: str, devices: str = "", *, start: bool = False) -> Iterator[str]:
    """A domain that is not the lab's own; its UUID."""
    found = ""
    try:
        subprocess.run([*VIRSH, "define", "/dev/stdin"], input=DOMAIN.format(name, devices), text=True, check=True)
        found = sh(*VIRSH, "domuuid", name).strip()
        if start:
            sh(*VIRSH, "start", name)
        yield found
    finally:
        for verb in ("destroy", "undefine"):
            subprocess.run([*VIRSH, verb, found], check=False, capture_output=True)


def runs(container: str) -> bool:
    return sh("docker", "inspect", "--format", "{{.State.Running}}", container).strip() == "true"


# -- a thing of the wanted name


def test_a_container_of_the_wanted_name_is_left_alone(own: dict[str, str]) -> None:
    with stranger("--name", BOX) as found:
        assert_told(lab("up", NAME, "--yes", env=own), 3, BOX, "not this lab's own")
        assert lab("reset", NAME, env=own).returncode == 3
        assert lab("down", "--all", env=own).returncode == 0
        assert runs(found)


@pytest.mark.parametrize(
    ("kind", "name"), [("network", NETWORK), ("volume", DATA)], ids=["a network of Docker", "a volume"]
)
def test_a_thing_of_the_wanted_name_at_docker_is_left_alone(own: dict[str, str], kind: str, name: str) -> None:
    sh("docker", kind, "create", "--label", "whose=a stranger's", name)
    try:
        assert_told(lab("up", NAME, "--yes", env=own), 3, name, "not this lab's own")
        assert lab("down", "--all", env=own).returncode == 0
        assert json.loads(sh("docker", kind, "inspect", name))[0]["Labels"] == {"whose": "a stranger's"}
    finally:
        sh("docker", kind, "rm", name)


def test_a_domain_of_the_wanted_name_is_left_alone(host: None) -> None:
    with domain(f"{LAB}-scenario-3-vm") as found:
        assert_told(lab("up", "scenario-3", "--yes"), 3, f"{LAB}-scenario-3-vm", "not this lab's own")
        assert lab("reset", "scenario-3").returncode == 3
        assert lab("down", "--all").returncode == 0
        assert sh(*VIRSH, "domuuid", f"{LAB}-scenario-3-vm").strip() == found


@pytest.mark.parametrize(
    ("thing", "xml"),
    [
        ("net", f"<network><name>{LAB}</name></network>"),
        (
            "pool",
            f"<pool type='dir'><name>{LAB}</name><target><path>/var/lib/{LAB}-of-a-stranger</path></target></pool>",
        ),
    ],
    ids=["a network of libvirt", "a storage pool"],
)
def test_a_thing_of_the_wanted_name_at_libvirt_is_left_alone(host: None, thing: str, xml: str) -> None:
    lab("down", "--all")
    subprocess.run([*VIRSH, f"{thing}-define", "/dev/stdin"], input=xml, text=True, check=True)
    try:
        assert_told(lab("up", "scenario-3", "--yes"), 3, repr(LAB), "not this lab's own")
        assert lab("down", "--all").returncode == 0
        assert LAB in sh(*VIRSH, f"{thing}-list", "--all", "--name").split()
    finally:
        sh(*VIRSH, f"{thing}-undefine", LAB)


# -- a name that looks as if


@pytest.mark.parametrize("name", [f"{LAB}-web-01", f"{LAB}-router", f"{LAB}-scenario-3-other"])
def test_a_domain_that_is_called_as_if_it_were_the_lab_s_is_not(host: None, name: str) -> None:
    with domain(name) as found:
        assert name not in lab("status").stdout
        assert lab("down", "--all").returncode == 0
        assert sh(*VIRSH, "domuuid", name).strip() == found
    assert leftovers() == {}


def test_a_domain_that_is_called_like_ours_and_more_says_nothing_of_ours(scenario3: None) -> None:
    with domain(f"{LAB}-scenario-3-vm copy"):
        assert [each["state"] for each in lab_json("status")] == ["running"] * 3


def test_what_another_owner_marked_is_another_s(own: dict[str, str]) -> None:
    marks = ("--label", f"lab.name={LAB}", "--label", f"lab.scenario={NAME}", "--label", "lab.owner=4711:/elsewhere")
    sh("docker", "volume", "create", *marks, "labtest-of-another")
    try:
        with stranger(*marks, "--label", "lab.machine=box", "--name", "labtest-of-another") as found:
            assert "labtest-of-another" not in lab("status").stdout
            assert lab("up", NAME, "--yes", env=own).returncode == 0
            assert lab("reset", NAME, env=own).returncode == 0
            assert lab("down", "--all", env=own).returncode == 0
            assert runs(found)
            assert sh("docker", "volume", "ls", "--quiet", "--filter", "name=labtest-of-another").strip()
    finally:
        sh("docker", "volume", "rm", "labtest-of-another")


def test_a_second_home_with_a_lab_of_the_same_name_is_told(own: dict[str, str], home: Path) -> None:
    assert lab("up", NAME, "--yes", env=own).returncode == 0
    env = own | {"LAB_HOME": str(home), "LAB_CONTAINER_IMAGE": image()}
    assert_told(lab("up", NAME, "--yes", env=env), 3, "not this lab's own")
    assert lab("down", "--all", env=env).returncode == 0
    assert [each["state"] for each in lab_json("status")] == ["running"]


# -- a stranger in what is ours


@pytest.mark.parametrize(
    "verb", [("reset", NAME), ("down", NAME), ("down", "--all")], ids=["reset", "down", "down all"]
)
def test_a_stranger_in_our_network_is_taken_out_of_it(own: dict[str, str], verb: tuple[str, ...]) -> None:
    assert lab("up", NAME, "--yes", env=own).returncode == 0
    with stranger("--network", NETWORK, "--name", "labtest-guest") as found:
        assert_told(lab(*verb, env=own), 0, "labtest-guest", NETWORK)
        assert runs(found)
    if verb[0] == "down":
        assert leftovers() == {}


def test_a_stranger_that_is_stopped_is_taken_out_of_our_network(own: dict[str, str]) -> None:
    """It could not start otherwise: the network that it remembers is gone."""
    assert lab("up", NAME, "--yes", env=own).returncode == 0
    with stranger("--name", "labtest-guest") as found:
        sh("docker", "network", "connect", NETWORK, found)
        sh("docker", "stop", "--time", "1", found)
        assert_told(lab("down", NAME, env=own), 0, "labtest-guest", NETWORK)
        sh("docker", "start", found)
        assert runs(found)
    assert leftovers() == {}


def test_our_volume_is_emptied_by_whatever_image_of_ours_is_there(own: dict[str, str], tmp_path: Path) -> None:
    """A learner may have made one of it, with a program and a user of its own."""
    assert lab("up", NAME, "--yes", env=own).returncode == 0
    made = "labtest-made"
    (tmp_path / "Dockerfile").write_text(f'FROM {image()}\nUSER 65534\nENTRYPOINT ["false"]\n')
    sh("docker", "build", "--quiet", "--tag", made, str(tmp_path))
    try:
        with stranger("--volume", f"{DATA}:/data", "--name", "labtest-guest") as found:
            sh("docker", "exec", found, "sh", "-c", "echo mine >/data/note")
            assert_told(lab("reset", NAME, env=own), 0, "labtest-guest", DATA)
            assert sh("docker", "exec", BOX, "ls", "/data") == ""
    finally:
        sh("docker", "rmi", made)


def test_a_stranger_that_uses_our_volume_is_told(own: dict[str, str]) -> None:
    assert lab("up", NAME, "--yes", env=own).returncode == 0
    with stranger("--volume", f"{DATA}:/data", "--name", "labtest-guest") as found:
        sh("docker", "exec", found, "sh", "-c", "echo mine >/data/note")
        assert_told(lab("reset", NAME, env=own), 0, "labtest-guest", DATA)
        assert sh("docker", "exec", BOX, "ls", "/data") == ""
        assert_told(lab("down", NAME, env=own), 0, "labtest-guest", DATA)
        assert runs(found)
    assert lab("down", NAME, env=own).returncode == 0
    assert DATA not in sh("docker", "volume", "ls", "--quiet").split()


def test_a_stranger_in_the_network_of_the_vms_keeps_it(scenario3: None) -> None:
    with domain("labtester", CARD.format(LAB), start=True) as found:
        assert_told(lab("down", "--all"), 0, "labtester", "network")
        assert sh(*VIRSH, "domstate", found).strip() == "running"
        assert LAB in sh(*VIRSH, "net-list", "--name").split()
    assert lab("down", "--all").returncode == 0
    assert leftovers() == {}


@pytest.mark.parametrize("name", ["holidays.img", f"{LAB}-scenario-3-vm-clone.img"])
def test_a_stranger_s_disk_among_ours_stays(scenario3: None, name: str) -> None:
    disk = Settings.home / "run" / LAB / "pool" / name
    disk.write_text("pictures")
    try:
        assert_told(lab("down", "--all"), 0, name)
        assert disk.read_text() == "pictures"
    finally:
        disk.unlink()
    assert lab("down", "--all").returncode == 0
    assert leftovers() == {}
