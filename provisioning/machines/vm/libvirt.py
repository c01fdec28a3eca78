"""What the lab asks of libvirt, through ``virsh``: its network, its storage pool, its domains."""

from __future__ import annotations

import ipaddress
import json
import re
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from provisioning.errors import HostError, MachineError
from provisioning.machines import Result
from provisioning.machines.command import ASKING, run
from provisioning.names import Thing, uuid_of

URI = "qemu:///system"
END = "</domain>\n"
"""What a domain's XML ends with."""
DEFINITION = "dumpxml {} --inactive --security-info"
"""A command of ``virsh`` that prints the XML from which libvirt makes a domain at its next start."""
AWAIT_JOB = "perf"
"""A command of ``virsh`` that answers when no job is at work on the domain, after half a minute at the latest.

libvirtd goes on with what a killed process asked for. A domain that is starting has the state ``paused``, and to
destroy it then may crash libvirtd (9.0.0, one of forty attempts). Other commands wait for jobs, too; this one asks QEMU
nothing, and prints nothing with ``--quiet``. A save lets other commands work beside it, so this does not wait for it.
"""
LISTED = re.compile(
    " *(?:-|[0-9]+) +(.+?) +(no state|running|idle|paused|in shutdown|shut off|crashed|dying|pmsuspended) *"
)
"""A line of ``virsh list``: the name, which may have blanks in it, and the state."""
EVENTS = ("virsh", "--quiet", "--connect", URI, "event", "--loop", "--all")
"""Prints a line for each thing that happens to a domain, until it is ended."""
TAKEN = re.compile("network '.*' already exists with uuid")
"""What libvirt says of a network that has the name of another one."""
_GONE = re.compile("event 'reboot' for domain '(.+)'|event 'lifecycle' for domain '(.+)': (?:Stopped|Crashed) .*")
SAVING = "paused (saving)"
SAVE = 300.0
"""Seconds that a save may take."""


def foreign(thing: Thing, name: str) -> HostError:
    """Return the error for a thing that has a name which the lab needs, and that is not the lab's own."""
    return HostError(
        f"libvirt has a {thing} {name!r} that is not this lab's own; it was left alone.",
        "Give the lab another name (LAB_NAME=mylab), or rename or remove that yourself if you do not need it.",
    )


def virsh(*argv: str, check: bool = True, timeout: float = 60.0) -> Result:
    """Call ``virsh`` on the system connection. Return its result, which is in English in any locale.

    Raises:
        MachineError: it failed and ``check`` is true; the error holds libvirt's own sentence.
    """
    result = run(["virsh", "--quiet", "--connect", URI, *argv], timeout=timeout, env={"LC_ALL": "C"})
    if check and result.status:
        message = result.stderr.strip().removeprefix("error: ").splitlines() or ["no message"]
        raise MachineError(
            f"libvirt refused `virsh {argv[0].partition(' ')[0]}`: {' '.join(message)}",
            "Remove that cause and repeat the command; `python3 lab.py doctor` tells what the host lacks.",
        )
    return result


def gone(line: str) -> tuple[str, bool]:
    """Return the domain whose guest has ended, by a line of :data:`EVENTS`, and True if the guest begins anew.

    The domain is empty for other events.

    >>> gone("event 'reboot' for domain 'lab-scenario-3-vm'")
    ('lab-scenario-3-vm', True)
    """
    found = _GONE.fullmatch(line)
    return (found[1] or found[2], bool(found[1])) if found else ("", False)


@contextmanager
def _xml_file(xml: str) -> Iterator[str]:
    with NamedTemporaryFile("w", suffix=".xml") as file:
        file.write(xml)
        file.flush()
        yield file.name


@dataclass(frozen=True)
class Address:
    """The addresses of one VM in the lab's network."""

    mac: str
    ip: str


@dataclass(frozen=True)
class Network:
    """The lab's own NAT network. Its VMs have fixed addresses, so a restored guest keeps its address."""

    name: str
    subnet: str
    """First two octets of a /16."""
    uuid: str
    """See :func:`provisioning.names.uuid_of`."""

    @property
    def cidr(self) -> str:
        """The network as Vagrant wants it named."""
        return f"{self.subnet}.0.0/16"

    def ensure(self, address: Address, host: str) -> None:
        """Define and start the network unless it runs. DHCP always gives this IP to the guest with this MAC.

        Raises:
            HostError: another network of the host has its name, or uses the addresses.
        """
        entry = f"<host mac='{address.mac}' name='{host}' ip='{address.ip}'/>"
        info = virsh("net-info", self.uuid, check=False, timeout=ASKING)
        runs = "Active:         yes" in info.stdout
        if info.status:
            self._define(entry)
        elif address.mac not in virsh("net-dumpxml", self.uuid).stdout:
            # On a network that runs, this takes half a second.
            live = ["--live"] if runs else []
            virsh("net-update", self.uuid, "add", "ip-dhcp-host", entry, *live, "--config")
        if runs:
            return
        started = virsh("net-start", self.uuid, check=False)
        if started.status and "already active" not in started.stderr:
            virsh("net-undefine", self.uuid, check=False)
            raise HostError(
                f"The network {self.cidr} of the VMs cannot start: {started.stderr.strip().removeprefix('error: ')}",
                "Give the lab another name (LAB_NAME=mylab): it gets other addresses. `ip route` tells who has these.",
            )

    def remove(self) -> list[str]:
        """Stop and forget the network, unless a foreign domain is plugged into it. Return why it stays, in sentences.

        Nothing happens if it is not there. The lab's own domains must be gone.
        """
        if virsh("net-info", self.uuid, check=False).status:
            return []
        if guests := [name for name in names(running=True) if self.name in _networks_of(name)]:
            return [f"The network {self.name} stays: {', '.join(guests)}, not the lab's own, is plugged into it."]
        virsh("net-destroy", self.uuid, check=False)
        virsh("net-undefine", self.uuid, check=False)
        return []

    def _define(self, entry: str) -> None:
        try:
            with _xml_file(self._xml(entry)) as file:
                virsh("net-define", file)
        except MachineError as error:
            raise (foreign("network", self.name) if TAKEN.search(error.what) else error) from error

    def _xml(self, entry: str) -> str:
        return f"""<network>
  <name>{self.name}</name>
  <uuid>{self.uuid}</uuid>
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
    uuid: str
    """See :func:`provisioning.names.uuid_of`."""

    def ensure(self) -> None:
        """Define and start it unless it runs.

        Raises:
            HostError: another pool of the host has its name, or it cannot start.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o755)  # whatever the umask: the user QEMU runs as reads here
        info = virsh("pool-info", self.uuid, check=False)
        if info.status:
            if not virsh("pool-uuid", self.name, check=False).status:
                raise foreign("pool", self.name)
            with _xml_file(
                f"<pool type='dir'><name>{self.name}</name><uuid>{self.uuid}</uuid>"
                f"<target><path>{self.path}</path></target></pool>"
            ) as file:
                virsh("pool-define", file)
        if "State:          running" not in info.stdout:
            started = virsh("pool-start", self.uuid, check=False)
            if started.status and "already active" not in started.stderr:
                raise HostError(
                    f"The storage pool {self.name} cannot start: {started.stderr.strip().removeprefix('error: ')}",
                    f"See that the folder {self.path} is there and may be read, and repeat the command.",
                )

    def refresh(self) -> None:
        """Have libvirt look for files that came or went. Wait first if it is making a volume in the pool.

        Raises:
            MachineError: libvirt refused, or was at work for longer than a minute.
        """
        deadline = time.monotonic() + 60
        while True:
            try:
                virsh("pool-refresh", self.uuid)
                return
            except MachineError as error:
                if "asynchronous jobs" not in error.what or time.monotonic() > deadline:
                    raise
            time.sleep(0.1)  # no event tells that a pool is at rest

    def remove(self, own: Iterable[str]) -> list[str]:
        """Delete the files whose names match a pattern of ``own``. Forget the pool if none is left.

        Return why it stays, in sentences. Nothing happens if it is not there.
        """
        patterns = list(own)
        files = list(self.path.iterdir()) if self.path.is_dir() else []
        strangers = [file.name for file in files if not any(file.match(pattern) for pattern in patterns)]
        for file in files:
            if file.name not in strangers:
                file.unlink()
        if strangers:
            return [f"The folder {self.path} stays: {', '.join(sorted(strangers))} in it is not the lab's own."]
        virsh("pool-destroy", self.uuid, check=False)
        virsh("pool-undefine", self.uuid, check=False)
        if self.path.is_dir():
            self.path.rmdir()
        return []


def names(*, running: bool = False) -> list[str]:
    """Return the names of all domains on the host, of the running ones if ``running``, whoever made them."""
    return [line for line in virsh("list", "--name", *([] if running else ["--all"])).stdout.splitlines() if line]


def _networks_of(domain: str) -> set[str]:
    told = virsh("domiflist", domain, check=False).stdout
    return {fields[2] for line in told.splitlines() if len(fields := line.split()) > 2 and fields[1] == "network"}


def domains(owner: str, prefix: str) -> dict[str, str]:
    """Return the states (``running``, ``shut off``...) of the domains that a lab made itself, by their names.

    ``prefix`` is how their names begin: each lab of an owner has another one.
    """
    told = virsh("list --all --uuid --name; list --all", timeout=ASKING).stdout.splitlines()
    named = [line.split(maxsplit=1) for line in told if line[:36].count("-") == 4 and line[36:37] == " "]
    own = {name for found, name in named if name.startswith(prefix) and uuid_of(owner, "domain", name) == found}
    rows = filter(None, map(LISTED.fullmatch, told))
    return {row[1]: row[2] for row in rows if row[1] in own}


def find_uuid(domain: str) -> str:
    """Return the UUID of the domain of that name, whoever made it; nothing if there is none."""
    return virsh("domuuid", domain, check=False).stdout.strip()


def taken_subnets(but: str) -> list[ipaddress.IPv4Network]:
    """Return the addresses of all of libvirt's networks, except of the one with the UUID ``but``."""
    networks = virsh("net-list", "--all", "--uuid").stdout.split()
    return [subnet for network in networks if network != but for subnet in subnets_of(network)]


def subnets_of(network: str) -> list[ipaddress.IPv4Network]:
    """Return the addresses of the network of that name or UUID: none if it is not there."""
    told = virsh("net-dumpxml", network, check=False).stdout
    root = ElementTree.fromstring(told or "<network/>")  # noqa: S314 (libvirt wrote it)
    found = []
    for address in root.iterfind("./ip"):
        mask = address.get("netmask") or address.get("prefix")
        if mask and address.get("family", "ipv4") == "ipv4":
            found.append(ipaddress.IPv4Network(f"{address.get('address')}/{mask}", strict=False))
    return found


def state(domain: str) -> str:
    """Wait for the end of a start, a stop or a save. Return the domain's state in libvirt's word (``running``...).

    ``domain`` is a name or a UUID. The state is empty if there is no such domain."""
    deadline = time.monotonic() + SAVE
    while True:
        told = virsh(f"{AWAIT_JOB} {domain}; domstate {domain} --reason", check=False).stdout.strip()
        if told != SAVING or time.monotonic() > deadline:
            return told.partition(" (")[0]
        time.sleep(0.1)  # libvirt's event for the end of a save is that of any stop, and may have come already


def settled_state(domain: str) -> str:
    """Return :func:`state`; wait first if the guest is shutting down.

    Raises:
        MachineError: it is still shutting down after a minute and a half.
    """
    if state(domain) == "in shutdown":
        shut_down(domain)
    return state(domain)


def monitor(domain: str, command: str, timeout: float = 60.0) -> None:
    """Run a command of QEMU's human monitor that prints nothing if it goes well.

    Raises:
        MachineError: QEMU answered with an error.
    """
    answer = virsh("qemu-monitor-command", domain, "--hmp", command, timeout=timeout).stdout.strip()
    if answer:
        raise MachineError(
            f"QEMU refused `{command}`: {answer}",
            "Make the machine anew, which throws away what is in it: python3 lab.py reset SCENARIO",
        )


def agent(domain: str, command: str, arguments: Mapping[str, object] | None = None, timeout: int = 5) -> Any:
    """Send a command to the QEMU guest agent in the domain. Return its answer.

    Raises:
        MachineError: the agent does not answer within ``timeout`` seconds, or refuses.
    """
    request = json.dumps({"execute": command, "arguments": arguments or {}})
    answer = virsh("qemu-agent-command", domain, "--timeout", str(timeout), request, timeout=timeout + 10)
    return json.loads(answer.stdout)["return"]


def moved(
    xml: str, name: str, uuid: str, disk: Path, io: str, network: str, mac: str, ports: Mapping[str, Path]
) -> str:
    """Return the definition of a domain, made from that of another one with one disk and one network card.

    ``io`` is how QEMU reads the disk (libvirt's element ``driver``); ``ports`` maps names of the guest's ports to their
    sockets on the host.
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
    for element in root.iterfind("devices/disk/backingStore/.."):
        for under in element.findall("backingStore"):  # the disk's own header tells what is below it
            element.remove(under)
    for port, socket in ports.items():
        for element in root.iterfind(f"devices/channel/target[@name='{port}']/.."):
            for source in element.findall("source"):
                element.remove(source)
            ElementTree.SubElement(element, "source", mode="bind", path=str(socket))
    return ElementTree.tostring(root, encoding="unicode")


def define(xml: str, domain: str) -> str:
    """Make the domain of this name or UUID known to libvirt. Return :func:`definition`."""
    with _xml_file(xml) as file:
        return virsh(f"define {file}; {DEFINITION.format(domain)}").stdout


def definition(domain: str) -> str:
    """Return the XML from which libvirt makes the domain at its next start."""
    return virsh(DEFINITION.format(domain)).stdout


def running(domain: str) -> str:
    """Return the XML of the running domain as it is now."""
    return virsh("dumpxml", domain).stdout


def go_on(domain: str) -> str:
    """Have a domain that is paused run on. Return :func:`running`.

    Raises:
        MachineError: libvirt refused.
    """
    # The status of `virsh` is that of its last command.
    return virsh(f"dumpxml {domain}; resume {domain}").stdout


def definitions(domain: str) -> tuple[str, str] | None:
    """Return :func:`running` and :func:`definition` by one call; None if no domain of that name runs."""
    told = virsh(f"domstate {domain}; dumpxml {domain}; {DEFINITION.format(domain)}", check=False, timeout=ASKING)
    state, start, both = told.stdout.partition("<domain")
    if told.status or state.strip() != "running":
        return None
    end = both.index(END) + len(END)
    return start + both[:end], both[end:].lstrip("\n")


def devices_in(xml: str) -> list[tuple[str, ...]]:
    """Return the kind of each device in a domain's XML, and the slot that it is plugged into.

    >>> devices_in("<domain><devices><disk><address bus='3'/></disk></devices></domain>")
    [('disk', '3')]
    """
    root = ElementTree.fromstring(xml)  # noqa: S314 (libvirt wrote it)
    slots = {device: device.find("address") for device in root.iterfind("./devices/*")}
    return sorted((device.tag, *(() if slot is None else slot.attrib.values())) for device, slot in slots.items())


def taps(xml: str, network: str) -> list[str]:
    """Return the host's interfaces of a running domain's cards in one network, from the domain's XML.

    >>> card = "<interface><source network='lab'/><target dev='vnet0'/></interface>"
    >>> taps(f"<domain><devices>{card}</devices></domain>", "lab")
    ['vnet0']
    """
    root = ElementTree.fromstring(xml)  # noqa: S314 (libvirt wrote it)
    targets = root.iterfind(f"./devices/interface/source[@network='{network}']/../target")
    return [target.attrib["dev"] for target in targets]


def channel(xml: str, name: str) -> str:
    """Return the host's socket of a guest's port, from the XML of a running domain; nothing without such a port.

    >>> xml = "<domain><devices><channel><source path='/s'/><target name='a.0'/></channel></devices></domain>"
    >>> channel(xml, "a.0")
    '/s'
    """
    root = ElementTree.fromstring(xml)  # noqa: S314 (libvirt wrote it)
    source = root.find(f"./devices/channel/target[@name='{name}']/../source")
    return "" if source is None else source.attrib["path"]


def save(domain: str) -> None:
    """Write the memory of a running or paused domain to the disk and stop it. Its next start goes on from there.

    Raises:
        MachineError: libvirt refused, such as for want of space; the domain goes on running.
    """
    virsh("managedsave", domain, "--running", timeout=SAVE)


def is_saved(domain: str) -> bool:
    """Return True if the domain, which is off, has memory that :func:`save` kept: its next start goes on from it."""
    return "yes" in virsh("dominfo", domain).stdout.partition("Managed save:")[2].splitlines()[0]


def forget(domain: str) -> None:
    """Stop the domain and remove its definition; its disks stay. Nothing happens when it is not there."""
    undefine = f"undefine {domain} --snapshots-metadata --managed-save --nvram"
    virsh(f"{AWAIT_JOB} {domain}; destroy {domain}; {undefine}", check=False, timeout=120)


def disks(domain: str) -> list[Path]:
    """Return the files behind the domain's disks; none if the domain has gone."""
    told = virsh("dumpxml", domain, "--inactive", check=False)
    root = ElementTree.fromstring(told.stdout or "<domain/>")  # noqa: S314 (libvirt wrote it)
    return [Path(source.attrib["file"]) for source in root.iterfind("./devices/disk/source[@file]")]


def shut_down(domain: str, timeout: float = 90.0) -> None:
    """Ask the guest to power off and wait for libvirt's event that it has.

    Raises:
        MachineError: it is still on after ``timeout`` seconds.
    """
    deadline = time.monotonic() + timeout
    while state(domain) != "shut off":
        if time.monotonic() > deadline:
            raise MachineError(
                f"The VM did not shut down within {timeout:g} s.", "Repeat the command; `python3 lab.py doctor` looks."
            )
        virsh("shutdown", domain, check=False)
        virsh("event", domain, "--event", "lifecycle", "--timeout", "1", check=False)
