"""Write down what a machine is made of, and compare: the proof that a reset left nothing of the last session."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from provisioning.errors import ANEW, MachineError
from provisioning.machines import Kind, Machine

FORMAT = 4
"""Raise it when the same machine is written down in another way than before."""
FILE = "golden.json"
"""The file of an entry of the cache that holds the manifest."""
PROBE = Path(__file__).parent / "probe.py"
CLOCK = 2.0
"""Seconds by which a machine's clock may differ from the host's."""

Manifest = Mapping[str, Mapping[str, str]]
"""Section, name, value; such as ``packages``, ``bash``, ``ii 5.2.15-2+b7``."""

VOLATILE: Mapping[str, str] = {
    "files": "/etc/(hostname|hosts|resolv.conf)|/[.]dockerenv"  # each machine of a golden image has its own
    "|/run/(systemd|udev|user)/.*|/run/(utmp|initctl.*|qemu-ga.*|qga.state)"  # what runs notes its state here
    "|/var/log/(journal/.*|wtmp|lastlog|btmp)|/var/lib/systemd/(timers|random-seed|timesync).*",
    "processes": "sshd: .*|sh -c .*|env .*|/lib/systemd/systemd-(udevd|hostnamed|timedated).*|.*python3 -"
    "|[(]udev-worker[)]",  # udev starts and ends them as it needs
    "mounts": "/etc/(hostname|hosts|resolv.conf)|/run/user/.*",
    "ports": "udp .*|tcp .* at 0B00007F",  # DHCP; the name server that Docker puts into a container
    "settings": "kernel.random.*|kernel.(ns_last_pid|pty.nr|hostname|perf_event_max_sample_rate|threads-max)"
    "|fs.(dentry-state|file-nr|inode-.*|quota.*)|fs.*stat.*|net.netfilter.*count|net.ipv4.(tcp_mem|udp_mem)"
    "|.*stable_secret|dev.cdrom.*|vm.stat.*",
}
"""What changes by itself: in each section the names, as a regular expression for whole names."""
OF_THE_HOST: Mapping[str, str] = {
    "settings": "(?!net[.]|kernel[.](shm|msg|sem)|fs[.]mqueue).*",  # only these have namespaces
    "modules": ".*",
}
"""What a container shows of the host's kernel, in the same form."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in which a machine is not as it was when it was new."""

    machine: str
    section: str
    name: str
    golden: str
    """What it was when the machine was new; empty if it was not there."""
    now: str
    """What it is; empty if it is not there."""

    def __str__(self) -> str:
        what = "appeared" if not self.golden else "vanished" if not self.now else "changed"
        short = what == "changed" and self.section != "files" and len(self.golden + self.now) < 80
        values = f": {self.golden} became {self.now}" if short else ""
        return f"{self.machine}: {self.section}: {self.name} {what}{values}"


def take(machine: Machine, kept: Iterable[str] = ()) -> Manifest:
    """Write down what a machine is made of, except in the folders ``kept``, which outlive a reset.

    Raises:
        MachineError: it does not answer, or cannot run the probe.
    """
    result = machine.exec(["python3", "-"], stdin=PROBE.read_text(encoding="utf-8"), timeout=180)
    if result.status:
        said = result.stderr.strip().splitlines() or ["no message"]
        raise MachineError(
            f"The state of {machine.name} cannot be written down: {said[-1]}",
            ANEW,
        )
    found = msgspec.json.decode(result.stdout, type=dict[str, dict[str, str]])
    found["clock"] = {"time": _clock(machine)}
    return {section: _lasting(section, names, machine.kind, kept) for section, names in found.items()}


def _clock(machine: Machine) -> str:
    """Return ``the host's`` if the machine's clock is right, else by how many seconds it is behind."""
    began = time.time()
    now = float(machine.exec(["date", "+%s.%N"]).stdout)
    if began - CLOCK < now < time.time() + CLOCK:
        return "the host's"
    return f"{began - now:.0f} s behind the host's"


def _lasting(section: str, names: Mapping[str, str], kind: Kind, kept: Iterable[str]) -> dict[str, str]:
    patterns = [VOLATILE.get(section, ""), OF_THE_HOST.get(section, "") if kind == "container" else ""]
    if section == "files":
        patterns += [f"{re.escape(folder)}(/.*)?" for folder in kept]
    volatile = re.compile("|".join(pattern for pattern in patterns if pattern) or "(?!)", re.DOTALL)
    return {name: value for name, value in names.items() if not volatile.fullmatch(name)}


def write(manifest: Manifest, folder: Path) -> None:
    """Keep a manifest in a folder."""
    (folder / FILE).write_bytes(msgspec.json.encode(manifest))


def read(folder: Path) -> Manifest:
    """Return the manifest that :func:`write` kept."""
    return msgspec.json.decode((folder / FILE).read_bytes(), type=dict[str, dict[str, str]])


def differences(machine: str, new: Manifest, now: Manifest) -> list[Difference]:
    """Return in what a machine differs from what it was when it was new.

    >>> [str(each) for each in differences("vm", {"ports": {}}, {"ports": {"tcp 80": "open"}})]
    ['vm: ports: tcp 80 appeared']
    """
    return [
        Difference(machine=machine, section=section, name=name, golden=before.get(name, ""), now=after.get(name, ""))
        for section in new
        for before, after in [(new[section], now.get(section, {}))]
        for name in sorted({*before, *after})
        if before.get(name, "") != after.get(name, "")
    ]
