"""The base root file system: what lies in the two images, and that the disk boots on hardware unlike libvirt's."""

import base64
import socket
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.host.packages import Need
from provisioning.images import base as base_module
from provisioning.images.base import Base, ensure_base
from provisioning.machines.vm.ssh import ensure_key
from provisioning.progress import Quiet
from provisioning.settings import Settings


@pytest.fixture(scope="module")
def base(settings: Settings) -> Base:
    return ensure_base(settings, Quiet())


class Guest:
    """A guest of plain QEMU: an old PC with an IDE disk and an Intel network card, as VirtualBox has them."""

    def __init__(self, port: int, key: Path) -> None:
        self.port = port
        self.key = key

    def run(self, user: str, command: str) -> str:
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=60")
        login = ["ssh", "-i", str(self.key), "-p", str(self.port), *(f"-o{option}" for option in options)]
        return subprocess.run([*login, f"{user}@127.0.0.1", command], check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def guest(base: Base, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    disk = tmp_path_factory.mktemp("disk") / "overlay.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", base.disk, "-F", "qcow2", disk], check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    key = base64.b64encode(ensure_key(settings).with_suffix(".pub").read_bytes()).decode()
    with subprocess.Popen(
        [
            *("qemu-system-x86_64", "-machine", "pc", "-accel", "tcg", "-cpu", "max", "-m", "512", "-nodefaults"),
            *("-display", "none", "-serial", "stdio", "-drive", f"file={disk},if=ide"),
            *("-smbios", f"type=11,value=io.systemd.credential.binary:ssh.authorized_keys.root={key}"),
            *("-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{port}-:22", "-device", "e1000,netdev=net"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    ) as qemu:
        try:
            assert qemu.stdout is not None
            console = qemu.stdout
            # Not read by lines: the prompt ends with none.
            shown = ""
            while "login:" not in shown:
                character = console.read(1)
                assert character, f"the guest died: {shown}"
                shown += character
            yield Guest(port, ensure_key(settings))
        finally:
            qemu.kill()


def test_a_second_call_finds_the_entry(base: Base, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_module, "FOR_THE_BASE", (Need("not-installed", (), ""),))  # a build would stop at once
    assert ensure_base(settings, Quiet()) == base


def test_the_vm_has_every_package_of_the_container_in_the_same_version(base: Base) -> None:
    container = set(base.packages_container.read_text().splitlines())
    vm = set(base.packages_vm.read_text().splitlines())
    assert container < vm
    assert not any(line.startswith(("linux-image", "systemd-sysv ", "openssh-server ")) for line in container)


def test_the_container_image_holds_nothing_of_the_machine_it_was_built_on(base: Base) -> None:
    with tarfile.open(base.container_tar) as tar:
        names = {name.removeprefix("./") for name in tar.getnames()}
    assert "usr/bin/python3" in names
    engine_made = ("proc/", "sys/", "dev/", "run/", "tmp/", "boot/", "var/lib/apt/lists/", "var/cache/apt/")
    assert not [name for name in names if name.startswith(engine_made)]
    assert not names & {"etc/hostname", "etc/resolv.conf"}


def test_the_disk_boots_into_a_healthy_system(base: Base, guest: Guest) -> None:
    assert guest.run("root", "systemctl is-system-running --wait").strip() == "running"
    assert guest.run("root", "uname -r").strip() == base.kernel
    assert int(guest.run("root", "df --output=size -BM / | tail -1").strip(" M\n")) > 3500
    assert guest.run("root", "readlink /sys/class/net/eth0/device/driver").strip().endswith("/e1000")
    assert "nameserver 127.0.0.53" in guest.run("root", "cat /etc/resolv.conf")
    assert guest.run("root", "resolvectl dns eth0").split()[-1] == "10.0.2.3", "QEMU's name server, told by DHCP"


def test_an_emulated_guest_finds_programs_where_they_were(guest: Guest) -> None:
    assert "QEMU TCG" in guest.run("root", "cat /proc/cpuinfo")
    maps = guest.run("root", "for _ in 1 2 3; do grep -m 1 libc.so /proc/self/maps; done")
    assert len(set(maps.splitlines())) == 1


def test_root_logs_in_by_the_key_that_the_guest_was_started_with(guest: Guest) -> None:
    told = guest.run("root", "stat -c '%U %a' /home/vagrant /usr/bin/sudo ~/.ssh ~/.ssh/authorized_keys").split("\n")
    assert told[:4] == ["vagrant 700", "root 4755", "root 700", "root 600"]
    assert guest.run("root", "su vagrant -c 'sudo -n id -u'").strip() == "0"


def test_the_guest_can_be_renamed(guest: Guest) -> None:
    guest.run("root", "hostnamectl set-hostname renamed")
    assert guest.run("root", "hostname; cat /etc/hostname").split() == ["renamed", "renamed"]
