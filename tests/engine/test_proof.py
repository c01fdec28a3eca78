"""A used machine is told from a new one, in every way that it was soiled, and a reset leaves nothing of it."""

from __future__ import annotations

import subprocess

from provisioning.deployment import Deployment
from provisioning.lesson.opened import stage_of
from tests.engine.conftest import LAB, lab_json, sh

SOILED = [
    # machine, what a learner does there, section, and the name of what is then told
    ("vm", "echo mine >/root/left", "files", "/root/left"),
    ("vm", "echo more >>/etc/motd", "files", "/etc/motd"),
    ("vm", "chmod 600 /etc/issue", "files", "/etc/issue"),
    ("vm", "chown learner /etc/issue.net", "files", "/etc/issue.net"),
    ("vm", "touch -r /etc/passwd /etc/os-release", "files", "/usr/lib/os-release"),
    ("vm", "rm /etc/debian_version", "files", "/etc/debian_version"),
    ("vm", "ln -sf /bin/true /etc/localtime", "files", "/etc/localtime"),
    ("vm", "mkdir -p /etc/cron.d && echo '* * * * * root true' >/etc/cron.d/left", "files", "/etc/cron.d/left"),
    ("vm", "echo key >>/root/.ssh/authorized_keys", "files", "/root/.ssh/authorized_keys"),
    ("vm", "useradd left", "accounts", "user left"),
    ("vm", "usermod -a -G sudo learner", "accounts", "group sudo"),
    ("vm", "dpkg --purge dos2unix", "packages", "dos2unix"),
    (
        "vm",
        "mkdir -p /tmp/p/DEBIAN && printf 'Package: left\\nVersion: 1\\nArchitecture: all\\nMaintainer: me\\n"
        "Description: left\\n' >/tmp/p/DEBIAN/control && dpkg-deb -b /tmp/p /tmp/p.deb && dpkg -i /tmp/p.deb",
        "packages",
        "left",
    ),
    ("vm", "setsid sleep 1234 >/dev/null 2>&1 </dev/null &", "processes", "sleep 1234"),
    (
        "vm",
        "setsid python3 -m http.server 8099 >/dev/null 2>&1 </dev/null & "
        "until ss -ltn | grep -q :8099; do sleep 0.1; done",
        "ports",
        "tcp 8099 at 00000000",
    ),
    ("vm", "mount -t tmpfs left /mnt", "mounts", "/mnt"),
    ("vm", "echo 7 >/proc/sys/kernel/panic", "settings", "kernel.panic"),
    ("vm", "modprobe dummy", "modules", "dummy"),
    ("vm", "systemctl stop systemd-resolved", "processes", "/usr/lib/systemd/systemd-resolved"),
    (
        "vm",
        "fallocate -l $(($(df --output=avail -B1 / | tail -n 1) - 4096)) /full; echo >/full2; true",
        "files",
        "/full",
    ),
    ("vm", "date -s 2001-01-01", "clock", "time"),
    ("alpha", "echo mine >/root/left", "files", "/root/left"),
    ("alpha", "echo more >>/etc/motd", "files", "/etc/motd"),
    ("alpha", "rm /etc/issue", "files", "/etc/issue"),
    ("alpha", "useradd left", "accounts", "user left"),
    ("alpha", "dpkg --purge dos2unix", "packages", "dos2unix"),
    ("alpha", "setsid sleep 1234 >/dev/null 2>&1 </dev/null &", "processes", "sleep 1234"),
]
LABELS = ("--label", f"lab.name={LAB}", "--label", "lab.scenario=scenario-3")


def proof() -> list[str]:
    """What a reset with proof tells."""
    answer = lab_json("reset", "scenario-3", "--prove")
    return [f"{d['machine']}: {d['section']}: {d['name']}" for d in answer["differences"]]


def test_every_way_of_soiling_is_named_and_gone_after_a_reset(opened: Deployment) -> None:
    for machine, command, _, _ in SOILED:
        done = opened.machine(machine).exec(["sh", "-c", command])
        assert done.status == 0, (command, done.stderr)
    sh("docker", "volume", "create", *LABELS, f"{LAB}-left")
    sh("docker", "network", "create", *LABELS, f"{LAB}-left")
    sh("docker", "create", *LABELS, "--name", f"{LAB}-left", stage_of(opened).host_variables["LAB_IMAGE_ALPHA"], "true")
    expected = {(machine, section, name) for machine, _, section, name in SOILED}
    expected |= {("host", section, f"{LAB}-left") for section in ("volumes", "networks", "containers")}
    found = {(difference.machine, difference.section, difference.name) for difference in opened.prove()}
    assert expected - found == set()
    assert proof() == []


def test_a_vm_whose_kernel_panicked_is_new_after_a_reset(opened: Deployment) -> None:
    vm, config = f"{LAB}-scenario-3-vm", str(opened.vms.write_ssh_config())
    # Not through the shared connection: who waits for a kernel that is gone waits for ever.
    alone = ["timeout", "20", "ssh", "-F", config, "-o", "ControlPath=none", vm]
    subprocess.run([*alone, "echo 0 >/proc/sys/kernel/panic; echo c >/proc/sysrq-trigger"], check=False)
    assert subprocess.run([*alone, "true"], check=False, capture_output=True).returncode != 0
    assert proof() == []
