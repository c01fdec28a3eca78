"""What the lab asks of libvirt, through ``virsh``: its network, its storage pool, its domains."""

from __future__ import annotations

import json
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from provisioning.errors import HostError, MachineError
from provisioning.machines import Result
from provisioning.machines.command import ASKING, run

URI = "qemu:///system"
END = "</domain>\n"
"""What a domain's XML ends with."""
AWAIT_JOB = "perf"
"""A command of ``virsh`` that answers when no job is at work on the domain, after half a minute at the latest.

What a driver had begun when it was killed goes on in libvirtd. Until a domain has started its state is ``paused``, and
to destroy it may crash libvirtd (9.0.0, one of forty attempts). Of all that waits for a job this asks QEMU nothing; it
prints nothing with ``--quiet``. A save lets others work beside it, so it is not waited for.
"""
SAVING = "paused (saving)"
SAVE = 300.0
"""Seconds that a save may take."""


def virsh(*argv: str, check: bool = True, timeout: float = 60.0) -> Result:
    """One ``virsh`` call on the system connection; it answers in English, whatever the user's language.

    Raises:
        MachineError: it failed and ``check`` is true; the sentence is libvirt's own.
    """
    result = run(["virsh", "--quiet", "--connect", URI, *argv], timeout=timeout, env={"LC_ALL": "C"})
    if check and result.status:
        message = result.stderr.strip().removeprefix("error: ").splitlines() or ["no message"]
        raise MachineError(
            f"libvirt refused `virsh {' '.join(argv[:3])}`: {' '.join(message)}",
            "Run `python3 lab.py doctor`, then `python3 lab.py down --all` and try again.",
        )
    return result


@contextmanager
def _xml_file(xml: str) -> Iterator[str]:
    with NamedTemporaryFile("w", suffix=".xml") as file:
        file.write(xml)
        file.flush()
        yield file.name


@dataclass(frozen=True)
class Address:
    """How one VM stands in the lab's network."""

    mac: str
    ip: str


@dataclass(frozen=True)
class Network:
    """The lab's own NAT network; its VMs have fixed addresses, so a restored guest is where it was."""

    name: str
    subnet: str
    """First two octets of a /16."""

    @property
    def cidr(self) -> str:
        """The network as Vagrant wants it named."""
        return f"{self.subnet}.0.0/16"

    def ensure(self, address: Address, host: str) -> None:
        """Define and start it unless it runs; DHCP gives the guest with this MAC always this IP.

        Raises:
            HostError: another network of the host already uses the addresses.
        """
        entry = f"<host mac='{address.mac}' name='{host}' ip='{address.ip}'/>"
        info = virsh("net-info", self.name, check=False, timeout=ASKING)
        if info.status:
            with _xml_file(self._xml(entry)) as file:
                virsh("net-define", file)
        elif address.mac not in virsh("net-dumpxml", self.name).stdout:
            # To a network that runs this takes half a second.
            live = ["--live"] if "Active:         yes" in info.stdout else []
            virsh("net-update", self.name, "add", "ip-dhcp-host", entry, *live, "--config")
        if "Active:         yes" in info.stdout:
            return
        started = virsh("net-start", self.name, check=False)
        if started.status and "already active" not in started.stderr:
            virsh("net-undefine", self.name, check=False)
            raise HostError(
                f"The network {self.cidr} of the VMs cannot start: {started.stderr.strip().removeprefix('error: ')}",
                "Give the lab another name, which gives it other addresses: LAB_NAME=mylab",
            )

    def remove(self) -> None:
        """Stop and forget it; nothing happens when it is not there."""
        virsh("net-destroy", self.name, check=False)
        virsh("net-undefine", self.name, check=False)

    def _xml(self, entry: str) -> str:
        return f"""<network>
  <name>{self.name}</name>
  <forward mode='nat'/>
  <bridge stp='off' delay='0'/>
  <ip address='{self.subnet}.0.1' netmask='255.255.0.0'>
    <dhcp><range start='{self.subnet}.255.1' end='{self.subnet}.255.250'/>{entry}</dhcp>
  </ip>
</network>"""


@dataclass(frozen=True)
class Pool:
    """The lab's own directory of VM disks."""

    name: str
    path: Path

    def ensure(self) -> None:
        """Define and start it unless it runs."""
        self.path.mkdir(parents=True, exist_ok=True)
        info = virsh("pool-info", self.name, check=False)
        if info.status:
            virsh("pool-define-as", self.name, "dir", "--target", str(self.path))
        if "State:          running" not in info.stdout:
            started = virsh("pool-start", self.name, check=False)
            if started.status and "already active" not in started.stderr:
                raise HostError(
                    f"The storage pool {self.name} cannot start: {started.stderr.strip().removeprefix('error: ')}",
                    f"Look at the folder {self.path}; `python3 lab.py down --all` forgets the pool.",
                )

    def refresh(self) -> None:
        """Let libvirt see files that came or went without it, once it does not make a volume in the pool any more.

        Raises:
            MachineError: libvirt refused, or is at work for longer than a minute.
        """
        deadline = time.monotonic() + 60
        while True:
            try:
                virsh("pool-refresh", self.name)
                return
            except MachineError as error:
                if "asynchronous jobs" not in error.what or time.monotonic() > deadline:
                    raise
            time.sleep(0.1)  # no event tells that a pool is at rest

    def remove(self) -> None:
        """Delete its volumes and forget it; nothing happens when it is not there."""
        virsh("pool-destroy", self.name, check=False)
        virsh("pool-undefine", self.name, check=False)
        if self.path.is_dir():
            for file in self.path.iterdir():
                file.unlink()
            self.path.rmdir()


def domains(prefix: str) -> dict[str, str]:
    """Every domain whose name begins with ``prefix``, running or not, with its state (``running``, ``shut off``...)."""
    found = {}
    for line in virsh("list", "--all", timeout=ASKING).stdout.splitlines():
        _, name, state = line.split(maxsplit=2)
        if name.startswith(prefix):
            found[name] = state.strip()
    return found


def state(domain: str) -> str:
    """The domain's state in libvirt's word (``running``, ``paused``, ``shut off``...), once a start, a stop or a save
    that is under way has ended; empty when there is none."""
    deadline = time.monotonic() + SAVE
    while True:
        told = virsh(f"{AWAIT_JOB} {domain}; domstate {domain} --reason", check=False).stdout.strip()
        if told != SAVING or time.monotonic() > deadline:
            return told.partition(" (")[0]
        time.sleep(0.1)  # libvirt tells of its end as of any stop; and it may have ended since


def monitor(domain: str, command: str, timeout: float = 60.0) -> None:
    """One command of QEMU's human monitor that answers nothing when it goes well.

    Raises:
        MachineError: QEMU answered with an error.
    """
    answer = virsh("qemu-monitor-command", domain, "--hmp", command, timeout=timeout).stdout.strip()
    if answer:
        raise MachineError(
            f"QEMU refused `{command}` on {domain}: {answer}",
            "Run `python3 lab.py down --all` and bring the scenario up again.",
        )


def agent(domain: str, command: str, arguments: Mapping[str, object] | None = None, timeout: int = 5) -> Any:
    """One command to the QEMU guest agent in the domain; what it returns.

    Raises:
        MachineError: the agent does not answer within ``timeout`` seconds, or refuses.
    """
    request = json.dumps({"execute": command, "arguments": arguments or {}})
    answer = virsh("qemu-agent-command", domain, "--timeout", str(timeout), request, timeout=timeout + 10)
    return json.loads(answer.stdout)["return"]


def moved(xml: str, name: str, uuid: str, disk: Path, io: str, network: str, mac: str) -> str:
    """The definition of a domain with one disk and one network card, as that of another in the same form.

    ``io`` is how QEMU reads the disk, see libvirt's element ``driver``.
    """
    root = ElementTree.fromstring(xml)  # noqa: S314 (libvirt wrote it)
    for path, text in (("name", name), ("uuid", uuid)):
        for element in root.iterfind(path):
            element.text = text
    for path, attribute, value in (
        ("devices/disk/source", "file", str(disk)),
        ("devices/disk/driver", "io", io),
        ("devices/interface/mac", "address", mac),
        ("devices/interface/source", "network", network),
    ):
        for element in root.iterfind(path):
            element.set(attribute, value)
    return ElementTree.tostring(root, encoding="unicode")


def define(xml: str) -> None:
    """Make the domain known to libvirt."""
    with _xml_file(xml) as file:
        virsh("define", file)


def definition(domain: str) -> str:
    """What libvirt would make of the domain at its next start, in XML."""
    return virsh("dumpxml", domain, "--inactive", "--security-info").stdout


def running(domain: str) -> str:
    """What the running domain is made of now, in XML."""
    return virsh("dumpxml", domain).stdout


def definitions(domain: str) -> tuple[str, str] | None:
    """What :func:`running` and :func:`definition` tell, in one call; None when no domain of that name runs."""
    told = virsh(
        f"domstate {domain}; dumpxml {domain}; dumpxml {domain} --inactive --security-info", check=False, timeout=ASKING
    )
    state, start, both = told.stdout.partition("<domain")
    if told.status or state.strip() != "running":
        return None
    end = both.index(END) + len(END)
    return start + both[:end], both[end:].lstrip("\n")


def devices_in(xml: str) -> list[tuple[str, ...]]:
    """The kind of each device in a domain's XML, and the slot that it is plugged into.

    >>> devices_in("<domain><devices><disk><address bus='3'/></disk></devices></domain>")
    [('disk', '3')]
    """
    root = ElementTree.fromstring(xml)  # noqa: S314 (libvirt wrote it)
    slots = {device: device.find("address") for device in root.iterfind("./devices/*")}
    return sorted((device.tag, *(() if slot is None else slot.attrib.values())) for device, slot in slots.items())


def taps(xml: str, network: str) -> list[str]:
    """The host's ends of a running domain's network cards in one network, from the domain's XML.

    >>> card = "<interface><source network='lab'/><target dev='vnet0'/></interface>"
    >>> taps(f"<domain><devices>{card}</devices></domain>", "lab")
    ['vnet0']
    """
    root = ElementTree.fromstring(xml)  # noqa: S314 (libvirt wrote it)
    targets = root.iterfind(f"./devices/interface/source[@network='{network}']/../target")
    return [target.attrib["dev"] for target in targets]


def channel(xml: str, name: str) -> str:
    """The socket on the host's side of a guest's port, from the XML of a running domain; empty without such a port.

    >>> xml = "<domain><devices><channel><source path='/s'/><target name='a.0'/></channel></devices></domain>"
    >>> channel(xml, "a.0")
    '/s'
    """
    root = ElementTree.fromstring(xml)  # noqa: S314 (libvirt wrote it)
    source = root.find(f"./devices/channel/target[@name='{name}']/../source")
    return "" if source is None else source.attrib["path"]


def save(domain: str) -> None:
    """Write the memory of a running domain to the disk and stop it: its next start goes on from there.

    Raises:
        MachineError: libvirt refused, such as for want of space; the domain goes on running.
    """
    virsh("managedsave", domain, timeout=SAVE)


def is_saved(domain: str) -> bool:
    """Whether the domain, which is off, would go on from memory that :func:`save` kept."""
    return "yes" in virsh("dominfo", domain).stdout.partition("Managed save:")[2].splitlines()[0]


def forget(domain: str) -> None:
    """Stop the domain and remove its definition; its disks stay. Nothing happens when it is not there."""
    undefine = f"undefine {domain} --snapshots-metadata --managed-save --nvram"
    virsh(f"{AWAIT_JOB} {domain}; destroy {domain}; {undefine}", check=False, timeout=120)


def disks(domain: str) -> list[Path]:
    """The files behind the domain's disks."""
    root = ElementTree.fromstring(virsh("dumpxml", domain, "--inactive").stdout)  # noqa: S314 (libvirt wrote it)
    return [Path(source.attrib["file"]) for source in root.iterfind("./devices/disk/source[@file]")]


def shut_down(domain: str, timeout: float = 90.0) -> None:
    """Ask the guest to power off and wait for libvirt's event that it has.

    Raises:
        MachineError: it did not within ``timeout`` seconds.
    """
    deadline = time.monotonic() + timeout
    while state(domain) != "shut off":
        if time.monotonic() > deadline:
            raise MachineError(f"The VM {domain} did not shut down.", "Run `python3 lab.py down --all`.")
        virsh("shutdown", domain, check=False)
        virsh("event", domain, "--event", "lifecycle", "--timeout", "3", check=False)
