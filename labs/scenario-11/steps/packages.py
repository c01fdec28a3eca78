#!/usr/bin/env python3
"""Compare the packages of a VM and of a container."""

import os
import subprocess
import textwrap

name = f"{os.environ['LAB_PREFIX']}-{os.environ['LAB_SCENARIO']}"
# What a package is for, by the beginnings of names; the first that fits.
PURPOSES = {
    "kernel": ("linux-", "initramfs", "kmod", "libkmod", "klibc", "libklibc", "zstd", "cpio", "busybox"),
    "init and devices": (
        "systemd",
        "libsystemd-shared",
        "libnss-",
        "dbus",
        "libdbus",
        "udev",
        "libapparmor",
        "libpam-",
    ),
    "boot loader": ("grub", "libefi", "libfreetype", "libpng"),
    "remote login": ("openssh", "libwrap", "sudo", "libfido", "libcbor", "libedit"),
    "hypervisor's agent": ("qemu-guest", "libglib", "liburing"),
}


def packages(*shell: str) -> dict[str, str]:
    query = r"${db:Status-Abbrev}${Package} ${Version}\n"
    listed = subprocess.run(shell, input=f"dpkg-query -W -f '{query}'", capture_output=True, text=True, check=True)
    return dict(line.removeprefix("ii ").split() for line in listed.stdout.splitlines() if line.startswith("ii "))


vm = packages("ssh", "-F", os.environ["LAB_SSH_CONFIG"], f"{name}-vm", "sh")
one = packages("docker", "exec", "--interactive", f"{name}-one", "sh")
same = [package for package in one if vm.get(package) == one[package]]
print(f"vm {len(vm)} packages, one {len(one)}")
print(f"in both, in the same version: {len(same)}")
groups = {purpose: [] for purpose in (*PURPOSES, "the rest")}
for package in sorted(vm.keys() - one.keys()):
    fits = (purpose for purpose, beginnings in PURPOSES.items() if package.startswith(beginnings))
    groups[next(fits, "the rest")].append(package)
print(f"only the VM has {len(vm.keys() - one.keys())}:")
for purpose, members in groups.items():
    if members:
        line = f"  {purpose}: {', '.join(members)}"
        print(textwrap.fill(line, 90, subsequent_indent="    ", break_on_hyphens=False))
