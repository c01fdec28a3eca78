"""The main job from `up` to `down`, on real machines, through the command line alone."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from provisioning.deployment import Deployment
from provisioning.images.kind import Recipe
from provisioning.settings import REPOSITORY
from tests.engine.conftest import LAB, in_terminal, lab, lab_json, leftovers, sh, until

VM = f"{LAB}-scenario-3-vm"
ALPHA = f"{LAB}-scenario-3-alpha"
VIRSH = ("virsh", "--quiet", "--connect", "qemu:///system")


def test_up_gives_a_vm_and_containers_of_the_engines_own(scenario3: None) -> None:
    assert sh(*VIRSH, "domstate", VM).strip() == "running"
    assert sh("docker", "inspect", "--format", "{{.State.Running}}", ALPHA).strip() == "true"
    states = {(m["machine"], m["kind"], m["state"]) for m in lab_json("status")}
    assert states == {("vm", "vm", "running"), ("alpha", "container", "running"), ("beta", "container", "running")}


def test_the_vm_is_vagrants_own(opened: Deployment) -> None:
    """Started from memory or not: Vagrant knows the machine and calls it running."""
    from provisioning.machines.vm import vagrant

    place = opened.vms.place("vm")
    done = subprocess.run(
        ["vagrant", "status", "--machine-readable"],
        cwd=REPOSITORY,
        env=vagrant.environment(place, opened.images.vms.box(Recipe("vm", ("common",)))),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ",vm,state,running" in done.stdout


def test_the_playbooks_change_nothing_the_second_time(opened: Deployment) -> None:
    assert opened.converge().changed == {"vm": 0, "alpha": 0, "beta": 0}


def test_the_same_playbooks_made_both_kinds(opened: Deployment) -> None:
    for name in ("vm", "alpha", "beta"):
        assert opened.machine(name).exec(["id", "-u", "learner"]).stdout.strip() == "2000", name


def test_run_shows_three_places_and_tells_their_kernels_apart(scenario3: None) -> None:
    evidence = lab_json("run", "scenario-3")
    boot = {each["machine"]: each["stdout"] for each in evidence if each["step"] == "boot-id"}
    host = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert host in boot["host"]
    assert host in boot["alpha"]
    assert host not in boot["vm"]


def test_check_is_green_and_writes_junit(scenario3: None, tmp_path: Path) -> None:
    report = tmp_path / "check.xml"
    done = lab("check", "scenario-3", "--junit", str(report))
    assert done.returncode == 0, done.stdout
    suite = ElementTree.parse(report).getroot().find("testsuite")  # noqa: S314 (pytest wrote it)
    assert suite is not None
    assert int(suite.attrib["tests"]) >= 5
    assert suite.attrib["failures"] == suite.attrib["errors"] == "0"


def test_reset_brings_back_what_was_deleted_and_takes_away_what_was_made(opened: Deployment) -> None:
    for name in ("vm", "alpha"):
        opened.machine(name).exec(["sh", "-c", "rm /etc/lab-machine; touch /root/mine"])
    assert lab("reset", "scenario-3").returncode == 0
    for name in ("vm", "alpha"):
        assert opened.machine(name).exec(["sh", "-c", "cat /etc/lab-machine; ls /root"]).stdout in (
            "vm\n",
            "container\n",
        )


def test_the_guests_clock_is_right_after_a_reset(opened: Deployment) -> None:
    import time

    assert abs(float(opened.machine("vm").exec(["date", "+%s"]).stdout) - time.time()) < 5


def test_the_vm_comes_back_after_its_kernel_panicked(opened: Deployment) -> None:
    with subprocess.Popen(
        [
            "ssh",
            "-F",
            str(opened.vms.write_ssh_config()),
            VM,
            "echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger",
        ],
        stdin=subprocess.DEVNULL,
    ) as panic:
        try:
            panic.wait(5)
        except subprocess.TimeoutExpired:
            panic.kill()
    done = lab("reset", "scenario-3")
    assert done.returncode == 0, done.stderr
    assert opened.machine("vm").exec(["true"]).status == 0


def test_down_leaves_nothing(scenario3: None) -> None:
    assert leftovers() != {}
    assert lab("down", "--all").returncode == 0
    assert leftovers() == {}


def test_shell_opens_where_it_says(scenario3: None) -> None:
    """In a pseudo-terminal, as at a student's desk."""
    done = subprocess.run(
        [
            "script",
            "--quiet",
            "--return",
            "--command",
            f"{shlex.quote(sys.executable)} lab.py shell alpha",
            "/dev/null",
        ],
        cwd=REPOSITORY,
        env={**os.environ, "LAB_NAME": LAB},
        input="cat /etc/lab-machine; hostname; exit\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "container" in done.stdout
    assert "alpha" in done.stdout


def test_what_a_shell_started_ends_when_its_terminal_is_closed(scenario3: None) -> None:
    def runs(what: str) -> bool:
        found = subprocess.run(
            ["docker", "exec", ALPHA, "pgrep", "--full", what], stdout=subprocess.DEVNULL, check=False
        )
        assert found.returncode in (0, 1)
        return found.returncode == 0

    with in_terminal("shell", "alpha") as (shell, terminal):
        os.write(terminal, b"sleep 4242\n")
        until(lambda: runs("^sleep 4242$"), "what was typed")
        os.close(terminal)
        assert shell.wait(30) == 130
    until(lambda: not runs("sleep 4242|^bash --login"), "the end of what it started")


@pytest.mark.parametrize("machine", ["alpha", "vm"])
def test_commands_are_piped_into_a_shell(scenario3: None, machine: str) -> None:
    done = lab("shell", machine, piped="cat /etc/lab-machine; test -t 0 || exit 7\n")
    assert (done.returncode, done.stdout.split(), done.stderr) == (7, ["vm" if machine == "vm" else "container"], "")
