"""What the host needs, by program, and the Debian package that brings it. The one place for this fact."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """A program the lab runs, and where it comes from."""

    program: str
    package: str
    purpose: str


NEEDS = (
    Need("dockerd", "docker.io", "containers"),
    Need("docker", "docker.io", "containers"),
    Need("vagrant", "vagrant", "the VM's life cycle"),
    Need("libvirtd", "libvirt-daemon-system", "the VM's hypervisor"),
    Need("virsh", "libvirt-clients", "the VM's hypervisor"),
    Need("dnsmasq", "dnsmasq-base", "the VM's network"),
    Need("iptables", "iptables", "the networks of both"),
    Need("qemu-system-x86_64", "qemu-system-x86", "the VM's hardware"),
    Need("qemu-img", "qemu-utils", "the VM's disk"),
    Need("mmdebstrap", "mmdebstrap", "the base root file system"),
    Need("mkfs.ext4", "e2fsprogs", "the VM's disk"),
    Need("sfdisk", "fdisk", "the VM's disk"),
    Need("newuidmap", "uidmap", "building images without root"),
    Need("ssh", "openssh-client", "talking to the VM"),
    Need("setpriv", "util-linux", "ending children with the driver"),
)
POLICY = Need("pkaction", "polkitd", "libvirt asks it whether a user who is not root may use it")
VAGRANT_PLUGIN = Need("vagrant-libvirt", "vagrant-libvirt", "Vagrant's way to libvirt")
"""A plug-in, no program: it is looked for among the packages."""
