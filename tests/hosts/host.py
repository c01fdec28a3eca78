"""A fresh Debian as a host for the lab, in a container of this one: its own engines, users and packages."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from provisioning.images.base import mirrors
from provisioning.settings import REPOSITORY

PACKAGES = ("python3", "ca-certificates", "sudo")
"""What is on it beside apt: less than the smallest installation of Debian has."""
OPTIONS = (
    "--init",  # libvirt waits for what ended until somebody has reaped it
    *("--cap-add", "ALL", "--cap-drop", "SYS_RESOURCE"),
    *("--security-opt", "seccomp=unconfined", "--security-opt", "systempaths=unconfined"),
    *("--security-opt", "apparmor=unconfined"),
    *("--device", "/dev/net/tun", "--device-cgroup-rule", "a *:* rwm"),
    *("--volume", "/sys/fs/cgroup:/sys/fs/cgroup"),
    *("--volume", "/var/lib"),  # layers and disks on a file system of this computer's
)
"""How a container gets what engines need. `--privileged` asks for more than some kernels give."""
CERTIFICATES = Path("/usr/local/share/ca-certificates")
PIP = ("cert", "extra-index-url", "index-url", "proxy", "timeout", "trusted-host")
"""The settings of pip by which this host reaches its package index."""
STUDENT = "student"


@dataclass(frozen=True)
class Said:
    """What a command in the host answered."""

    status: int
    stdout: str
    output: str
    """What went to the standard output, and then what went to the standard error."""
    seconds: float


@dataclass(frozen=True)
class Host:
    """A container that stands for a computer with Debian on it; the clone lies in ``~/lab`` of each user."""

    container: str

    def run(self, command: str, *, user: str = "root", timeout: float = 2400) -> Said:
        """Run a command in the shell of a fresh login, without a terminal."""
        began = time.monotonic()
        done = subprocess.run(
            ["docker", "exec", self.container, "su", "-", user, "-c", command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stdout + done.stderr, time.monotonic() - began)

    def write(self, path: str, text: str) -> None:
        """Write a file of root's that all may read."""
        command = f"mkdir -p $(dirname {path}) && cat >{path} && chmod 644 {path}"
        subprocess.run(["docker", "exec", "-i", self.container, "sh", "-c", command], input=text, text=True, check=True)

    def add_student(self) -> None:
        """Add an ordinary user who may use sudo, with a clone of their own."""
        made = self.run(
            f"useradd --create-home --shell /bin/bash {STUDENT} && cp -r /root/clone /home/{STUDENT}/lab && "
            f"chown -R {STUDENT}: /home/{STUDENT} && "
            f"echo '{STUDENT} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/{STUDENT}"
        )
        assert made.status == 0, made.output

    def disk(self) -> int:
        """Return the bytes that lie on its file systems, each file counted once."""
        return sum(int(line.split()[0]) for line in self.run("du -xs --block-size=1 / /var/lib").stdout.splitlines())

    def leftovers(self) -> dict[str, list[str]]:
        """Return all that its engines hold beside what they have when they are new."""
        virsh = "virsh --quiet --connect qemu:///system"
        found = {
            "containers": "docker ps --all --format '{{.Names}}'",
            "volumes": "docker volume ls --quiet",
            "networks": "docker network ls --filter type=custom --format '{{.Name}}'",
            "domains": f"{virsh} list --all --name",
            "virtual networks": f"{virsh} net-list --all --name | grep -vx default",
            "pools": f"{virsh} pool-list --all --name",
        }
        names = {kind: self.run(command).output.split() for kind, command in found.items()}
        return {kind: left for kind, left in names.items() if left}


@contextmanager
def fresh(suite: str, name: str, commit: str | None = None) -> Iterator[Host]:
    """Build a Debian of that suite and start it; nothing of it is left afterwards.

    The container and its image have the ``name``. The clone on it is this one as it lies here, or holds what
    ``commit`` holds.

    Raises:
        CalledProcessError: this clone does not know the commit.
    """
    try:
        _build(suite, name)
        _docker("run", "--detach", "--name", name, "--hostname", suite, *OPTIONS, name, "sleep", "infinity")
        host = Host(name)
        _pass_on(host)
        _clone(host, commit)
        yield host
    finally:
        remove(name)


def name_of(suite: str) -> str:
    """Return a name for a host of the suite's that no other process takes."""
    return f"hosttrial-{suite}-{os.getpid()}"


def remove(name: str) -> None:
    """Remove the host with all that runs on it; nothing happens when it is not there."""
    for argv in (["rm", "--force", "--volumes", name], ["image", "rm", "--force", name]):
        subprocess.run(["docker", *argv], capture_output=True, check=False)


def _build(suite: str, image: str) -> None:
    with TemporaryDirectory() as folder:
        tar = Path(folder) / "root.tar"
        argv = ["mmdebstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", suite, str(tar), *mirrors(suite)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        _docker("import", str(tar), image)


def _pass_on(host: Host) -> None:
    """Let it reach packages the way this host does: certificates, proxies, and where pip looks."""
    if CERTIFICATES.is_dir():
        _docker("cp", str(CERTIFICATES), f"{host.container}:{CERTIFICATES.parent}")
        host.run("update-ca-certificates")
    apt = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    wanted = ("Acquire::http", "Acquire::https", "Acquire::Check")
    host.write("/etc/apt/apt.conf.d/99host", "".join(f"{x}\n" for x in apt.splitlines() if x.startswith(wanted)))
    host.write("/etc/environment", "".join(f"{k}={v}\n" for k, v in os.environ.items() if k.lower().endswith("_proxy")))
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    settings = {}
    for line in listed.stdout.splitlines():
        key, _, value = line.partition("=")
        words = [word for word in shlex.split(value) for word in word.split() if not word.startswith("file:")]
        if key.rpartition(".")[2] in PIP and words:
            settings[key.rpartition(".")[2]] = " ".join(words)
    host.write("/etc/pip.conf", "\n".join(["[global]", *(f"{key} = {value}" for key, value in settings.items()), ""]))


def _clone(host: Host, commit: str | None) -> None:
    unpack = (
        "mkdir -p /root/clone && tar --extract --no-same-owner --directory /root/clone && cp -r /root/clone /root/lab"
    )
    tar = _files_now() if commit is None else _files_of(commit)
    subprocess.run(["docker", "exec", "-i", host.container, "sh", "-c", unpack], input=tar, check=True)


def _files_now() -> bytes:
    """Pack what git knows of this clone, as it lies here."""
    files = subprocess.run(["git", "-C", str(REPOSITORY), "ls-files", "-z"], capture_output=True, check=True).stdout
    pack = ["tar", "--create", "--directory", str(REPOSITORY), "--null", "--files-from", "-"]
    return subprocess.run(pack, input=files, capture_output=True, check=True).stdout


def _files_of(commit: str) -> bytes:
    """Pack what lay in a clone at the commit."""
    return subprocess.run(["git", "-C", str(REPOSITORY), "archive", commit], capture_output=True, check=True).stdout


def _docker(*argv: str) -> None:
    done = subprocess.run(["docker", *argv], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
