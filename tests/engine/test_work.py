"""A learner's work: `up` brings every machine back with what is in it, or stops and says what would be lost."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioning.deployment import Deployment
from provisioning.fleet.vms import read_uses
from provisioning.images.warm import WARM
from provisioning.machines.vm import libvirt
from tests.engine.conftest import LAB, lab, sh
from tests.engine.test_errors import assert_told
from tests.engine.test_keep import said

VIRSH = ("virsh", "--quiet", "--connect", libvirt.URI)
ALPHA, NETWORK = f"{LAB}-scenario-3-alpha", f"{LAB}-scenario-3"


def await_state(opened: Deployment, wanted: str) -> None:
    domain = opened.vms.place("vm").domain
    while libvirt.state(domain) != wanted:
        libvirt.virsh("event", domain, "--event", "lifecycle", "--timeout", "3", check=False)


def power_off(opened: Deployment) -> None:
    """From inside; the host loses its VMs in the same way when it boots anew."""
    opened.machine("vm").exec(["sh", "-c", "sync; systemctl --no-block poweroff"])
    await_state(opened, "shut off")


def pause(opened: Deployment) -> None:
    sh(*VIRSH, "suspend", opened.vms.place("vm").domain)


def pull_the_plug(opened: Deployment) -> None:
    opened.machine("vm").exec(["sync"])
    sh(*VIRSH, "destroy", opened.vms.place("vm").domain)


def undefine(opened: Deployment) -> None:
    pull_the_plug(opened)
    sh(*VIRSH, "undefine", opened.vms.place("vm").domain, "--snapshots-metadata")


def suspend_and_prune_the_network(opened: Deployment) -> None:
    assert lab("down", "scenario-3", "--keep").returncode == 0
    for verb in ("net-destroy", "net-undefine", "pool-destroy", "pool-undefine"):
        sh(*VIRSH, verb, LAB)
    sh("docker", "network", "rm", NETWORK)


def suspend_paused(opened: Deployment) -> None:
    pause(opened)
    assert lab("down", "scenario-3", "--keep").returncode == 0


@pytest.mark.parametrize(
    "fault", [pause, suspend_paused, suspend_and_prune_the_network, power_off, undefine], ids=lambda f: str(f.__name__)
)
def test_a_vm_comes_back_with_what_is_in_it(opened: Deployment, fault: Callable[[Deployment], None]) -> None:
    for name in ("vm", "alpha"):
        said(opened, name, "echo mine >/root/work")
    fault(opened)
    done = lab("up", "scenario-3")
    assert done.returncode == 0, done.stderr
    assert [said(opened, name, "cat /root/work") for name in ("vm", "alpha")] == ["mine", "mine"]
    assert abs(float(said(opened, "vm", "date +%s.%N")) - time.time()) < 2
    if fault is power_off:  # the longest way back: the guest has booted anew since
        assert lab("check", "scenario-3").returncode == 0
        done = lab("reset", "scenario-3", "--prove")
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "fault",
    [
        ["docker", "pause", ALPHA],
        ["docker", "stop", "--time=0", ALPHA],
        ["docker", "kill", ALPHA],
        ["sh", "-c", f"docker stop --time=0 {ALPHA} {LAB}-scenario-3-beta && docker network rm {NETWORK}"],
        ["docker", "network", "disconnect", NETWORK, ALPHA],
    ],
    ids=["paused", "stopped", "killed", "network pruned", "unplugged"],
)
def test_a_container_comes_back_with_what_is_in_it(opened: Deployment, fault: list[str]) -> None:
    said(opened, "alpha", "echo mine >/root/work")
    sh(*fault)
    done = lab("up", "scenario-3")
    assert done.returncode == 0, done.stderr
    assert said(opened, "alpha", "cat /root/work") == "mine"
    assert said(opened, "alpha", f"getent hosts {LAB}-scenario-3-beta"), "the containers do not find each other by name"


def test_a_container_that_the_learner_made_in_the_place_of_ours_is_left_alone(opened: Deployment) -> None:
    image = sh("docker", "inspect", "--format", "{{.Image}}", ALPHA).strip()
    sh("docker", "rm", "--force", ALPHA)
    marks = ("--label", f"lab.name={LAB}", "--label", "lab.scenario=scenario-3", "--label", "lab.machine=alpha")
    made = sh("docker", "run", "--detach", "--init", "--name", ALPHA, *marks, image, "sleep", "infinity").strip()
    assert lab("up", "scenario-3").returncode == 0
    assert sh("docker", "inspect", "--format", "{{.Id}}", ALPHA).strip() == made


def test_up_stops_where_it_would_throw_a_container_s_content_away(opened: Deployment, tmp_path: Path) -> None:
    said(opened, "alpha", "echo mine >/root/work")
    copy = tmp_path / "scenario-3"
    sh("cp", "--recursive", str(opened.scenario.folder), str(copy))
    file = copy / "scenario.yml"
    file.write_text(file.read_text().replace("alpha: {kind: container,", "alpha: {kind: container, memory: 64,"))
    assert "memory: 64" in file.read_text()
    env = {"LAB_SCENARIOS": str(tmp_path)}
    assert_told(lab("up", "scenario-3", env=env), 4, "alpha", "throw away", "reset scenario-3")
    assert said(opened, "alpha", "cat /root/work") == "mine"
    assert lab("reset", "scenario-3", env=env).returncode == 0
    assert opened.machine("alpha").exec(["cat", "/root/work"]).status
    assert lab("up", "scenario-3", env=env).returncode == 0
    assert lab("reset", "scenario-3").returncode == 0  # as the other tests know it


def test_up_stops_where_it_would_throw_a_vm_s_content_away(opened: Deployment) -> None:
    said(opened, "vm", "echo mine >/root/work")
    file = opened.vms.uses_file("vm")
    kept = file.read_text()
    file.write_text(json.dumps(read_uses(file) | {WARM: "of a role that was edited since"}))
    try:
        assert_told(lab("up", "scenario-3"), 4, "vm", "throw away", "reset scenario-3")
    finally:
        file.write_text(kept)
    assert said(opened, "vm", "cat /root/work") == "mine"
