"""What the host needs, by program, and the package that brings it. The one place for this fact."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """A program the lab runs, and where it comes from."""

    program: str
    packages: tuple[str, ...]
    """Releases differ in who brings it: the first of these that the distribution has."""
    purpose: str
    base: bool = False
    """Whether the base is built with it."""


NEEDS = (
    Need("dockerd", ("docker.io",), "containers"),
    Need("docker", ("docker-cli", "docker.io"), "containers"),  # Debian 13 keeps it apart
    Need("vagrant", ("vagrant",), "the VM's life cycle"),
    Need("libvirtd", ("libvirt-daemon-system",), "the VM's hypervisor"),
    Need("virsh", ("libvirt-clients",), "the VM's hypervisor"),
    Need("dnsmasq", ("dnsmasq-base",), "the VM's network"),
    Need("iptables", ("iptables",), "the networks of both"),
    Need("qemu-system-x86_64", ("qemu-system-x86",), "the VM's hardware"),
    Need("qemu-img", ("qemu-utils",), "the VM's disk", base=True),
    Need("mmdebstrap", ("mmdebstrap",), "the base root file system", base=True),
    Need("mkfs.ext4", ("e2fsprogs",), "the VM's disk", base=True),
    Need("sfdisk", ("fdisk",), "the VM's disk", base=True),
    Need("newuidmap", ("uidmap",), "building images without root", base=True),
    Need("pgrep", ("procps",), "what the lessons show of the host"),
    Need("ssh", ("openssh-client",), "talking to the VM"),
    Need("setpriv", ("util-linux",), "ending children with the lab", base=True),
)
FOR_THE_BASE = tuple(need for need in NEEDS if need.base)
FOR_TESTS = (
    Need("chromium", ("chromium",), "the tests of the page"),
    Need("chromedriver", ("chromium-driver",), "the tests of the page"),
)
"""What the project's own tests need beside it."""
VAGRANT_PLUGIN = Need("vagrant-libvirt", ("vagrant-libvirt",), "Vagrant's way to libvirt")
"""A plug-in, no program: it is looked for among the packages."""
FOR_USERS = (Need("pkaction", ("polkitd",), "libvirt asks it whether a user who is not root may use it"),)
"""What the lab of a user who is not root needs as well."""
BUS = Need("dbus-daemon", ("dbus",), "libvirt asks polkitd by it")
"""What such a user needs where systemd does not bring the system bus."""

SEATS = (
    Need("lxcfs", ("lxcfs",), "what a seat sees of memory and processors"),
    Need("mkfs.btrfs", ("btrfs-progs",), "the seats' storage"),
    Need("nft", ("nftables",), "the seats' walls"),
    Need("openssl", ("openssl",), "the certificate of the learners' page"),
    Need("tinyproxy", ("tinyproxy-bin",), "what seats may reach outside"),
)
"""What a class needs with either of the two engines."""
INCUS = (
    Need("incusd", ("incus",), "the seats of a class"),
    Need("incus", ("incus-client",), "the seats of a class"),
    *SEATS,
)
LXD = (Need("lxd", ("lxd",), "the seats of a class"), Need("lxc", ("lxd-client",), "the seats of a class"), *SEATS)


def for_class() -> tuple[Need, ...]:
    """Return what a class needs: Incus where it is installed or apt knows it (Debian 13), unless LXD is there; LXD."""
    if shutil.which("incus") or (not shutil.which("lxc") and _apt_knows("incus")):
        return INCUS
    return LXD


def package_of(need: Need) -> str:
    """Return the package that brings it in this release, by what apt knows; the last candidate if apt knows none."""
    *apart, common = need.packages
    return next((package for package in apart if _apt_knows(package)), common)


def _apt_knows(package: str) -> bool:
    try:
        shown = subprocess.run(["apt-cache", "show", "--no-all-versions", package], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return shown.returncode == 0
