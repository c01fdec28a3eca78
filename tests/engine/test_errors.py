"""Bad input and a host that lacks something: one sentence, one cure, a documented status, never a traceback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from provisioning.settings import REPOSITORY
from tests.engine.conftest import LAB, lab, leftovers, sh


def assert_told(done: subprocess.CompletedProcess[str], status: int, *words: str) -> None:
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    told = " ".join(done.stderr.split())
    for word in words:
        assert word in told


def test_unknown_scenario() -> None:
    assert_told(lab("up", "scenario-33"), 2, "scenario-33", "scenario-3")


def test_machine_not_up() -> None:
    lab("down", "--all")
    assert_told(lab("check", "scenario-3"), 4, "not up", "python3 lab.py up scenario-3")
    assert_told(lab("run", "scenario-3"), 4, "not up")
    assert_told(lab("shell", "vm"), 2, "vm")


def test_down_wants_to_know_what() -> None:
    assert_told(lab("down"), 2, "down --all")


def test_docker_is_elsewhere() -> None:
    assert_told(lab("status", env={"DOCKER_HOST": "unix:///nonexistent/docker.sock"}), 3, "Docker", "DOCKER_HOST")


def test_docker_not_running() -> None:
    """In a mount namespace of its own the program finds no socket where the engine's is."""
    argv = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /run; exec "$@"', "sh"]
    done = subprocess.run(
        [*argv, sys.executable, str(REPOSITORY / "lab.py"), "status"],
        env={**os.environ, "LAB_NAME": LAB},
        capture_output=True,
        text=True,
        check=False,
    )
    assert_told(done, 3, "Docker Engine does not answer", "lab.py setup")


def test_a_setting_that_cannot_be() -> None:
    assert_told(lab("status", env={"LAB_NAME": "My Lab"}), 2, "LAB_NAME")


def test_no_disk_space(home: Path) -> None:
    """A real full disk: a file system of 48 MiB in memory, on which nothing can be built."""
    small = home / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m,mode=755", "tmpfs", str(small)], check=True)
    try:
        assert_told(lab("up", "scenario-3", "--yes", env={"LAB_HOME": str(small), "LAB_NAME": "labsmall"}), 3, "pace")
    finally:
        lab("down", "--all", env={"LAB_HOME": str(small), "LAB_NAME": "labsmall"})
        subprocess.run(["umount", str(small)], check=True)


def test_a_port_in_use(tmp_path: Path) -> None:
    """A scenario of the test's own publishes a port that the test holds already."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        folder = tmp_path / "scenario-port"
        folder.mkdir()
        (folder / "lesson.en.md").write_text("A port.")
        (folder / "step.sh").write_text("true")
        (folder / "scenario.yml").write_text(
            "{title: t, summary: s, claims: [C1], "
            f"machines: {{web: {{kind: container, ports: {{{port}: 80}}}}}}, "
            "steps: [{id: a, title: t, script: step.sh, on: [web], proves: p}]}"
        )
        assert_told(lab("up", "scenario-port", env={"LAB_SCENARIOS": str(tmp_path)}), 3, str(port), "in use")
        assert "containers" not in leftovers()


def test_a_second_up_says_who_holds_the_lab() -> None:
    import fcntl

    from provisioning.settings import load_settings

    path = load_settings({"LAB_NAME": LAB}).home / "locks" / LAB
    with path.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write("process 1 (`up scenario-3`)")
        file.flush()
        second = subprocess.Popen(
            [sys.executable, str(REPOSITORY / "lab.py"), "down", "--all"],
            env={**os.environ, "LAB_NAME": LAB},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert second.stderr is not None
        assert "process 1 (`up scenario-3`)" in second.stderr.readline()
        assert second.poll() is None
    second.communicate(timeout=60)
    assert second.returncode == 0


def test_the_vagrantfile_evaluates_for_every_provider() -> None:
    """One definition: for each hypervisor it sets the same memory and processors."""
    evaluate = REPOSITORY / "labs" / "scenario-12" / "evaluate_vagrantfile.rb"
    found = json.loads(sh("ruby", str(evaluate), str(REPOSITORY / "Vagrantfile")))
    assert {"libvirt", "virtualbox", "vmware_desktop", "hyperv"} <= found.keys()
    for provider in ("libvirt", "virtualbox", "hyperv"):
        assert (found[provider]["memory"], found[provider]["cpus"]) == (512, 1), provider
    assert found["vmware_desktop"]["vmx"] == {"memsize": "512", "numvcpus": "1"}


def clone_with_role(tmp_path: Path, task: str) -> Path:
    """A clone with a scenario whose only container needs a role of one task."""
    clone = tmp_path / "clone"
    sh("git", "clone", "--quiet", str(REPOSITORY), str(clone))
    (clone / ".venv").symlink_to(REPOSITORY / ".venv")
    role = clone / "playbooks" / "roles" / "broken" / "tasks"
    role.mkdir(parents=True)
    (role / "main.yml").write_text(task)
    folder = clone / "labs" / "scenario-broken"
    folder.mkdir()
    (folder / "lesson.en.md").write_text("It breaks.")
    (folder / "step.sh").write_text("true")
    (folder / "scenario.yml").write_text(
        "{title: t, summary: s, claims: [C1], machines: {web: {kind: container, roles: [broken]}}, "
        "steps: [{id: a, title: t, script: step.sh, on: [web], proves: p}]}"
    )
    return clone


def networks_of(scenario: str) -> str:
    return sh("docker", "network", "ls", "--quiet", "--filter", f"label=lab.scenario={scenario}")


def test_a_playbook_that_fails_names_task_machine_and_message(tmp_path: Path) -> None:
    """The user sees what failed and where the log lies, and nothing is left behind."""
    clone = clone_with_role(tmp_path, "- name: A task that cannot work\n  ansible.builtin.command: /no/such/program\n")
    done = subprocess.run(
        [sys.executable, str(clone / "lab.py"), "up", "scenario-broken"],
        env={**os.environ, "LAB_NAME": LAB},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert_told(done, 5, "A task that cannot work", "container", "no/such/program", "log")
    assert "containers" not in leftovers()
    assert networks_of("scenario-broken") == ""


def test_a_playbook_that_is_interrupted_ends_in_a_sentence(tmp_path: Path) -> None:
    """Ansible is ended with the program, and the machine that it worked on is gone."""
    clone = clone_with_role(tmp_path, "- name: A task without end\n  ansible.builtin.command: sleep 600\n")
    with subprocess.Popen(
        [sys.executable, str(clone / "lab.py"), "up", "scenario-broken"],
        env={**os.environ, "LAB_NAME": LAB},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "A task without end" in line:
                break
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert "containers" not in leftovers()
    assert networks_of("scenario-broken") == ""


def test_a_public_container_image_instead_of_the_one_built_here() -> None:
    """Any image of the Debian family will do; here one that Docker holds under a name of its own."""
    tag = "labtest-public:1"
    base = sh("docker", "images", "--quiet", "--filter", "label=lab.image=base").split()[0]
    sh("docker", "tag", base, tag)
    try:
        done = lab("up", "scenario-3", "--yes", env={"LAB_CONTAINER_IMAGE": tag})
        assert done.returncode == 0, done.stderr
        assert lab("check", "scenario-3", env={"LAB_CONTAINER_IMAGE": tag}).returncode == 0
    finally:
        lab("down", "--all")
        sh("docker", "rmi", tag)


def test_an_image_that_no_registry_has() -> None:
    done = lab("up", "scenario-3", env={"LAB_CONTAINER_IMAGE": "localhost:1/no/such:image"})
    assert_told(done, 3, "localhost:1/no/such:image", "LAB_CONTAINER_IMAGE")


def test_interrupt_ends_in_a_sentence(scenario3: None) -> None:
    assert lab("down", "--all").returncode == 0
    process = subprocess.Popen(
        [sys.executable, str(REPOSITORY / "lab.py"), "up", "scenario-3"],
        env={**os.environ, "LAB_NAME": LAB},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while f"{LAB}-scenario-3-vm" not in sh("virsh", "--connect", "qemu:///system", "list", "--all", "--name"):
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert lab("down", "--all").returncode == 0
    assert leftovers() == {}


def test_no_network_to_build_the_base(host: None, home: Path) -> None:
    done = subprocess.run(
        ["unshare", "--net", sys.executable, str(REPOSITORY / "lab.py"), "images", "build", "scenario-3", "--yes"],
        env={**os.environ, "LAB_NAME": LAB, "LAB_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert done.stderr.count("✘") and "Traceback" not in done.stderr
    assert not list((home / "cache").glob("*/tmp-*"))
