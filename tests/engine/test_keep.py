"""`down --keep` suspends, `up` goes on from there, and where a network was lost; volumes marked `keep` outlive all."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from provisioning.deployment import Deployment
from provisioning.machines.vm import libvirt
from provisioning.names import KEEP_LABEL
from provisioning.settings import REPOSITORY
from tests.engine.conftest import LAB, lab, lab_json, leftovers, sh

SCENARIO = """
title: A volume that stays
summary: A test.
claims: [C2]
machines:
  box: {kind: container, mounts: [{type: volume, source: notes, target: /notes, keep: true}]}
steps:
  - {id: look, title: Look, script: look.sh, on: [box], proves: Something.}
"""


def said(opened: Deployment, machine: str, command: str) -> str:
    done = opened.machine(machine).exec(["sh", "-c", command])
    assert done.status == 0, done.stderr
    return done.stdout.strip()


def test_suspended_machines_go_on(opened: Deployment) -> None:
    for name in ("vm", "alpha"):
        said(opened, name, "echo mine >/root/note")
    said(opened, "vm", "nohup sleep 1000 >/dev/null 2>&1 &")
    boot = said(opened, "vm", "cat /proc/sys/kernel/random/boot_id")

    assert lab("down", "scenario-3", "--keep").returncode == 0
    states = {machine["machine"]: machine["state"] for machine in lab_json("status")}
    assert states == {"vm": "shut off", "alpha": "exited", "beta": "exited"}
    assert lab("up", "scenario-3").returncode == 0

    assert [said(opened, name, "cat /root/note") for name in ("vm", "alpha")] == ["mine", "mine"]
    assert said(opened, "vm", "cat /proc/sys/kernel/random/boot_id") == boot
    assert said(opened, "vm", "pgrep -x sleep")
    assert abs(float(said(opened, "vm", "date +%s.%N")) - time.time()) < 2
    done = lab("reset", "scenario-3", "--prove")
    assert done.returncode == 0, done.stdout + done.stderr
    assert opened.machine("vm").exec(["cat", "/root/note"]).status != 0


def kill_in(verb: Sequence[str], domain: str, state: Callable[[str], bool]) -> None:
    """Run a verb, and kill its process once what libvirt says of the domain's state is as told."""
    argv, env = [sys.executable, str(REPOSITORY / "lab.py"), *verb], {**os.environ, "LAB_NAME": LAB}
    with subprocess.Popen(argv, env=env, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            if state(sh("virsh", "--connect", libvirt.URI, "domstate", domain, "--reason").strip()):
                process.kill()
                break
    assert process.returncode < 0


def test_a_vm_whose_resuming_was_interrupted_goes_on(opened: Deployment) -> None:
    said(opened, "vm", "echo mine >/root/note")
    assert lab("down", "scenario-3", "--keep").returncode == 0
    domain = opened.vms.place("vm").domain
    kill_in(["up", "scenario-3"], domain, lambda state: not state.startswith("shut off"))
    assert libvirt.state(domain) == "running"  # libvirt went on with what it was asked for
    assert lab("up", "scenario-3").returncode == 0
    assert said(opened, "vm", "cat /root/note") == "mine"
    assert abs(float(said(opened, "vm", "date +%s.%N")) - time.time()) < 2


def test_a_vm_whose_suspending_was_interrupted_goes_on(opened: Deployment) -> None:
    # Memory that takes a while to save.
    said(opened, "vm", "echo mine >/root/note; head -c 200M /dev/urandom >/dev/shm/much")
    domain = opened.vms.place("vm").domain
    kill_in(["down", "scenario-3", "--keep"], domain, lambda state: state == libvirt.SAVING)
    assert lab("up", "scenario-3").returncode == 0
    assert said(opened, "vm", "cat /root/note") == "mine"


@pytest.mark.parametrize("verb", ["up", "reset"])
def test_a_vm_whose_network_was_restarted_is_plugged_in_again(opened: Deployment, verb: str) -> None:
    said(opened, "vm", "echo mine >/root/note")
    for restart in ("net-destroy", "net-start"):
        sh("virsh", "--connect", libvirt.URI, restart, LAB)
    assert lab(verb, "scenario-3").returncode == 0
    assert said(opened, "vm", "cat /root/note || true") == ("mine" if verb == "up" else "")


def test_suspended_machines_are_removed(scenario3: None) -> None:
    assert lab("down", "--all", "--keep").returncode == 0
    assert lab("down", "--all").returncode == 0
    assert leftovers() == {}
    assert not list(Path("/var/lib/libvirt/qemu/save").glob(f"{LAB}-*"))


@pytest.fixture
def kept(tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / "scenario-1"
    folder.mkdir()
    (folder / "scenario.yml").write_text(SCENARIO)
    (folder / "lesson.en.md").write_text("# A volume that stays\n")
    (folder / "look.sh").write_text("ls /notes\n")
    return {"LAB_SCENARIOS": str(tmp_path)}


def test_a_volume_marked_keep_outlives_everything(host: None, kept: dict[str, str]) -> None:
    volume, box = f"{LAB}-scenario-1-notes", f"{LAB}-scenario-1-box"
    try:
        assert lab("up", "scenario-1", "--yes", env=kept).returncode == 0
        sh("docker", "exec", box, "sh", "-c", "echo mine >/notes/note; echo mine >/note")
        done = lab("reset", "scenario-1", "--prove", env=kept)
        assert done.returncode == 0, done.stdout + done.stderr
        assert sh("docker", "exec", box, "ls", "/notes").split() == ["note"]
        done = lab("down", "--all", env=kept)
        assert f"docker volume rm {volume}" in done.stderr
        assert leftovers() == {"volumes": [volume]}
        assert lab("up", "scenario-1", env=kept).returncode == 0
        assert sh("docker", "exec", box, "cat", "/notes/note") == "mine\n"
        assert KEEP_LABEL in sh("docker", "volume", "inspect", "--format", "{{json .Labels}}", volume)
    finally:
        lab("down", "--all", env=kept)
        subprocess.run(["docker", "volume", "rm", volume], check=False, capture_output=True)
