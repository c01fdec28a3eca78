#!/usr/bin/env python3
"""The last boot of the VM, by systemd's own record in the guest and by the clock of the host."""

import os
import subprocess

domain = f"{os.environ['LAB_PREFIX']}-{os.environ['LAB_SCENARIO']}-vm"


def ssh(command):
    argv = ["ssh", "-F", os.environ["LAB_SSH_CONFIG"], domain, command]
    return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=50).stdout


def stamps(*argv):
    """Properties in seconds since the kernel started."""
    lines = ssh(" ".join(("systemctl", "show", *argv))).splitlines()
    return {name: int(value) / 1e6 for name, _, value in (line.partition("=") for line in lines)}


manager = stamps("-p", "InitRDTimestampMonotonic", "-p", "UserspaceTimestampMonotonic")
ssh_up = stamps("ssh.service", "-p", "ActiveEnterTimestampMonotonic")["ActiveEnterTimestampMonotonic"]
initrd, userspace = manager["InitRDTimestampMonotonic"], manager["UserspaceTimestampMonotonic"]
with open(os.path.join(os.environ["LAB_SCRATCH"], "last-boot")) as file:
    total = float(file.read())

parts = {
    "before and after (the rest)": max(0, total - ssh_up),
    "kernel" if initrd else "kernel, initial RAM disk": initrd or userspace,
    "initial RAM disk": userspace - initrd if initrd else 0,  # it leaves a record only where systemd runs in it
    "systemd, until SSH is active": ssh_up - userspace,
}
whole = sum(parts.values())
print(f"one boot, {total:.1f} s from `virsh start` to SSH")
for name, seconds in parts.items():
    if seconds:
        print(f"  {name:<29} {seconds:5.1f} s {'█' * round(seconds / whole * 30)}")
print("\nThe rest is the difference to the clock of the host: QEMU, firmware and boot loader before the kernel,")
print("and afterwards the way to the first bytes from sshd.")
print("\nthe units that took longest (side by side, so they do not add up)")
for line in ssh("systemd-analyze blame --no-pager").splitlines()[:5]:
    print(f"  {line.strip()}")
