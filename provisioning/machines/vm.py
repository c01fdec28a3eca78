"""The virtual machine: booted by Vagrant once, kept as a memory snapshot, started from that ever after.

The only file that knows Vagrant.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import shlex
import shutil
import socket
import struct
import subprocess
import threading
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from provisioning.errors import HostError, MachineError
from provisioning.machines import Kind, Result, libvirt, wake
from provisioning.machines.command import bound, run
from provisioning.machines.console import BootWatch
from provisioning.progress import Phase
from provisioning.settings import REPOSITORY, Settings

ATTEMPTS = 3
"""How often Vagrant is asked to bring up a VM, where something of another lab vanished while it looked."""
VANISHED = re.compile("not found: no (network|storage pool|domain) with matching|because it is locked")
"""What Vagrant says then; of its own lock where it had begun to undo what it had made."""
SNAPSHOT = "golden"
PATIENCE = 120.0
"""Seconds a guest may take to answer after it was started from memory; one to three are usual."""
SILENCE = 75.0
"""Seconds that a booting guest may go without a new line on its console; an emulated one on a busy host took 21."""
BOOTED = "Machine booted and ready!"
"""Vagrant's words for having logged in to the guest."""
ASK = 5.0
"""Seconds between two questions to a guest that boots."""
IO_URING_DISABLED = Path("/proc/sys/kernel/io_uring_disabled")
"""Since Linux 6.6; 1 forbids it to others than root, and so to QEMU's user."""
DISCARD = 9
"""A TCP port that no guest serves (RFC 863)."""
SSH = 22
SSH_FAILED = 255
"""ssh(1): the status of a connection that failed, and of a command that was killed or ended with just that."""
NETWORK = 30.0
"""Seconds that a guest which is awake may take to answer from the network."""
BOX_VERSION = "1"
_SHARED = threading.Lock()
"""VMs start side by side; the network, the pool and the box that they share are made by one at a time."""
BLUEPRINT = "domain.xml"
"""In a running VM's folder: how libvirt described it when it was restored."""
MARK = "golden"
"""In the folder of a VM that was started from memory: what it needs of the cache. Without it the VM is half made, or
half removed, and holds nobody's work."""
WAKING = "waking"
"""In a running VM's folder: its guest was loaded from memory and does not know the time yet."""
CAPTURE = 7
"""Raise it when what a captured state holds changes: the states captured before are then made anew."""
READY = """
systemctl is-system-running --wait
clock=/sys/devices/system/clocksource/clocksource0
grep -q kvm-clock $clock/available_clocksource || echo hpet >$clock/current_clocksource
systemctl service-watchdogs no
echo 0 >/proc/sys/kernel/watchdog
echo -1 >/proc/sys/kernel/sched_rt_runtime_us
"""
"""Run in a guest before its state is kept.

It has nothing left to start then: it would go on with that at each restore. QEMU's emulated counter (TSC) never goes
back, not even when a state is loaded: a guest that counts by it leaps in time and is busy for a second with all that
seems to be due. QEMU's HPET does go back; the guest counts by the TSC again once it was told the time. The kernel's
scheduler counts by the TSC in any case: without its watchdog off it would note a lockup in its taint, and with its
bound on real-time tasks it would hold that the one which ran when the state was kept, such as `lab-wake`, has run ever
since, and let it wait for as long.
"""


@dataclass(frozen=True)
class Box:
    """What a VM is made from: a disk image built here, or a public Vagrant box."""

    name: str
    """Vagrant's name for it."""
    disk: Path | None = None
    """The qcow2 image behind a box built here; None for a public one."""


@dataclass(frozen=True)
class Place:
    """Where one VM of one scenario stands on the host. Everything follows from its name, so no state file is needed."""

    settings: Settings
    scenario: str
    machine: str

    @property
    def domain(self) -> str:
        """libvirt's name for it: ``<lab>-<scenario>-<machine>``."""
        return f"{self.settings.name}-{self.scenario}-{self.machine}"

    @property
    def uuid(self) -> str:
        """By it libvirt is asked for the domain (:func:`provisioning.machines.libvirt.mark`); and by it Vagrant knows
        a restored domain as the one that it made."""
        return libvirt.mark(self.settings.owner, "domain", self.domain)

    @property
    def address(self) -> libvirt.Address:
        """Fixed, so that a restored guest finds itself where it was. 52:54:00 is QEMU's own range of MACs."""
        crc = zlib.crc32(self.domain.encode())
        mac = ":".join(f"{byte:02x}" for byte in crc.to_bytes(4, "big")[1:])
        return libvirt.Address(f"52:54:00:{mac}", f"{self.settings.subnet}.{1 + crc % 250}.{1 + crc // 250 % 250}")

    @property
    def folder(self) -> Path:
        """Vagrant's data folder and settings of this VM."""
        return self.settings.run / "vagrant" / f"{self.scenario}-{self.machine}"

    @property
    def network(self) -> libvirt.Network:
        """The network it is plugged into."""
        name = self.settings.name
        return libvirt.Network(name, self.settings.subnet, libvirt.mark(self.settings.owner, "network", name))

    @property
    def pool(self) -> libvirt.Pool:
        """The storage pool that holds its disk."""
        name = self.settings.name
        return libvirt.Pool(name, self.settings.run / "pool", libvirt.mark(self.settings.owner, "pool", name))

    @property
    def disk(self) -> Path:
        """Its disk, an overlay over the box's image; the name is vagrant-libvirt's."""
        return self.pool.path / f"{self.domain}.img"

    @property
    def port(self) -> Path:
        """The host's side of the guest's port ``lab.wake.0``, where this user may open it."""
        return self.settings.run / "ports" / f"{zlib.crc32(self.domain.encode()):08x}"


def write_ssh_config(settings: Settings, name: str, places: Sequence[Place], key: Path) -> Path:
    """Write the OpenSSH configuration ``name`` that reaches every VM as root under its domain name.

    Host keys are not checked: the network is the host's own, and a scenario may well rebuild a guest.
    """
    sockets = settings.run / "ssh"
    sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = []
    for place in places:
        lines += [f"Host {place.domain}", f"  HostName {place.address.ip}"]
    lines += [
        "Host *",
        "  User root",
        f"  IdentityFile {key}",
        "  IdentitiesOnly yes",
        "  StrictHostKeyChecking no",
        "  UserKnownHostsFile /dev/null",
        "  LogLevel ERROR",
        "  ConnectTimeout 30",  # an emulated guest that is busy takes its time to answer
        "  KexAlgorithms curve25519-sha256",  # the default post-quantum one doubles the login of an emulated guest
        "  ControlMaster auto",
        f"  ControlPath {sockets}/%n",
        "  ControlPersist 300",
    ]
    path = sockets / f"{name}.config"
    path.write_text("\n".join(lines) + "\n")
    return path


@dataclass(frozen=True)
class VirtualMachine:
    """A running VM of a scenario, reached by SSH."""

    name: str
    domain: str
    ssh_config: Path

    kind: Kind = "vm"

    def exec(self, argv: Sequence[str], *, stdin: str = "", timeout: float = 60.0, limit: int | None = None) -> Result:
        """See :class:`provisioning.machines.Machine`."""
        result = run(
            ["ssh", "-F", str(self.ssh_config), "-o", "BatchMode=yes", self.domain, "--", shlex.join(argv)],
            stdin=stdin,
            timeout=timeout,
            limit=limit,
        )
        if result.status == SSH_FAILED and not self._is_connected():
            raise MachineError(
                f"The VM {self.domain} does not answer on SSH: {result.stderr.strip() or 'the connection broke'}",
                "Put it right with: python3 lab.py reset SCENARIO",
            )
        return result

    def _is_connected(self) -> bool:
        """Whether the shared SSH connection stands, which the guest has no say in.

        A command may itself end with ssh's own status, or be killed, for which ssh has the same; and of a connection
        that breaks while a command runs ssh says nothing.
        """
        return run(["ssh", "-F", str(self.ssh_config), "-O", "check", self.domain], timeout=10).status == 0

    def shell_argv(self) -> list[str]:
        """See :class:`provisioning.machines.Machine`."""
        return ["ssh", "-F", str(self.ssh_config), "-t", self.domain]

    def hang_up(self) -> None:
        """Close the shared SSH connection: a guest that is restored knows nothing of it."""
        run(["ssh", "-F", str(self.ssh_config), "-O", "exit", self.domain], timeout=10)

    def make_ready(self) -> None:
        """Have the guest ready to be kept as a state."""
        self.exec(["sh", "-c", READY], timeout=120)


@contextmanager
def guest(place: Place, key: Path) -> Iterator[VirtualMachine]:
    """Log in to a VM that belongs to no scenario, such as one that is being baked."""
    config = write_ssh_config(place.settings, place.domain, [place], key)
    machine = VirtualMachine(place.machine, place.domain, config)
    try:
        yield machine
    finally:
        machine.hang_up()


def _vagrant_home(settings: Settings) -> Path:
    return settings.run / "vagrant.d"


def stage(place: Place, box: Box) -> None:
    """Make a box built here known to Vagrant, its image already in the pool.

    ``vagrant box add`` and the upload of the image copy it twice (70 s for 371 MB); links take no time.
    """
    if box.disk is None:
        return
    folder = _vagrant_home(place.settings) / "boxes" / box.name / BOX_VERSION / "libvirt"
    folder.mkdir(parents=True, exist_ok=True)
    size = json.loads(run(["qemu-img", "info", "--force-share", "--output=json", str(box.disk)]).stdout)["virtual-size"]
    metadata = {"provider": "libvirt", "format": "qcow2", "virtual_size": -(-size // 2**30)}
    (folder / "metadata.json").write_text(json.dumps(metadata))
    image = folder / "box.img"
    image.unlink(missing_ok=True)
    image.symlink_to(box.disk)
    volume = place.pool.path / f"{box.name}_vagrant_box_image_{BOX_VERSION}_box.img"
    if volume.exists():
        return
    volume.unlink(missing_ok=True)  # a link that leads nowhere any more
    try:
        os.link(box.disk, volume)
    except PermissionError:  # libvirt gave the image to QEMU's user, and links to others' files are forbidden
        volume.symlink_to(box.disk)


def choose_subnet(settings: Settings) -> None:
    """Choose addresses for the lab's VMs that nothing else on this host has, unless that was done before.

    Raises:
        HostError: there are none.
    """
    if settings.subnet_file.exists():
        return
    own = Place(settings, "", "").network.uuid
    taken = [*libvirt.taken_subnets(but=own), *_routes()]
    for subnet in settings.subnets:
        if not any(ipaddress.IPv4Network(f"{subnet}.0.0/16").overlaps(other) for other in taken):
            break
    else:
        raise HostError("No network 10.x.0.0/16 is free on this host for the VMs.", "Free one: see `ip route`.")
    settings.run.mkdir(parents=True, exist_ok=True)
    fresh = settings.subnet_file.with_suffix(f".{os.getpid()}")
    fresh.write_text(subnet)
    fresh.rename(settings.subnet_file)


def _routes() -> list[ipaddress.IPv4Network]:
    """The networks that this host has a way to, but for the way to everywhere (proc(5), ``net/route``)."""
    found = []
    for line in Path("/proc/net/route").read_text().splitlines()[1:]:
        _, target, _, _, _, _, _, mask, *_ = line.split()
        address, bits = (ipaddress.IPv4Address(struct.pack("=I", int(word, 16))) for word in (target, mask))
        if int(bits):
            found.append(ipaddress.IPv4Network(f"{address}/{bits}", strict=False))
    return found


def _make_folder_of_ports(place: Place) -> None:
    """Make the folder in which libvirt makes the guest's port such that this user may open it.

    The socket belongs to QEMU's user, so an ordinary user opens it by the access that what is made in the folder
    inherits (acl(5)).
    """
    folder = place.port.parent
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    if os.geteuid():
        os.setxattr(folder, "system.posix_acl_default", _acl(os.geteuid()))


def _acl(uid: int) -> bytes:
    """An access control list by which one user may do everything, beside owner and group (Linux, posix_acl_xattr.h)."""
    whoever = 0xFFFFFFFF
    user_obj, user, group_obj, mask, other = 0x01, 0x02, 0x04, 0x10, 0x20
    entries = [(user_obj, 7, whoever), (user, 7, uid), (group_obj, 5, whoever), (mask, 7, whoever), (other, 0, whoever)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def _clear(place: Place, box: Box) -> None:
    """Have network, pool and box ready, and nothing of the VM itself.

    Raises:
        HostError: a network, a pool or a domain of the wanted name is not the lab's own.
    """
    if libvirt.uuid_of(place.domain) not in ("", place.uuid):
        raise libvirt.foreign("domain", place.domain)
    _make_folder_of_ports(place)
    with _SHARED:
        place.network.ensure(place.address, place.domain)
        place.pool.ensure()
        remove(place)
        stage(place, box)
        place.pool.refresh()  # libvirt would still list the disk of a boot that was interrupted


def _write_settings(place: Place, hardware: Mapping[str, str | int]) -> None:
    """Write what the Vagrantfile reads: the hardware, and where the VM stands."""
    standing = {
        "name": place.machine,
        "prefix": place.domain.removesuffix(place.machine),
        "pool": place.pool.name,
        "network": place.network.name,
        "cidr": place.network.cidr,
        "mac": place.address.mac,
        "uuid": place.uuid,
        "port": str(place.port),
    }
    (place.folder / "settings.json").write_text(json.dumps({**hardware, **standing}, indent=1))


@cache
def disk_io() -> str:
    """How QEMU may read a disk on this host: ``io_uring``, or ``threads`` where the kernel or QEMU lacks that.

    A state is loaded in pieces of 32 KiB, and threads cost two switches of context for each: 180 MB take 0.45 s with
    them and 0.13 s without (measured).
    """
    if IO_URING_DISABLED.is_file() and IO_URING_DISABLED.read_text().strip() != "0":
        return "threads"
    tried = run(["qemu-io", "--read-only", "--aio=io_uring", "-f", "raw", "-c", "quit", __file__])
    return "threads" if tried.status else "io_uring"


def boot(place: Place, box: Box, *, memory: int, cpus: int, driver: str, key: Path | None, phase: Phase) -> None:
    """``vagrant up`` from the box; ``memory`` in MiB, ``driver`` ``kvm`` or ``qemu`` (emulation).

    Vagrant looks at every network and pool of the host, and fails where one of another lab goes meanwhile: it is then
    asked again.

    Raises:
        MachineError: Vagrant failed; the sentence is libvirt's or its own, and says where the full log lies. Or the
            guest is silent for :data:`SILENCE` and was not reached: its console's last lines are told, and it is gone.
    """
    log = place.settings.run / "logs" / f"vagrant-{place.domain}.log"
    cure = f"The full log is {log}; `python3 lab.py doctor` looks for the cause."
    hardware: dict[str, str | int] = {
        "box": box.name,
        "memory": memory,
        "cpus": cpus,
        "driver": driver,
        "io": disk_io(),
    }
    keys = {"private_key": str(key), "public_key": key.with_suffix(".pub").read_text()} if key else {}
    log.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(ATTEMPTS):
        _clear(place, box)
        place.folder.mkdir(parents=True)
        _write_settings(place, hardware | keys)
        watch = _vagrant_up(place, box, log, phase)
        if watch.gave_up:
            remove(place)
            raise _silent(place, watch, cure)
        if watch.status == 0:
            return
        said = cause(log.read_text(encoding="utf-8"))
        if attempt + 1 == ATTEMPTS or not VANISHED.search(said):
            raise MachineError(f"Vagrant cannot bring up {place.domain}: {said}", cure)


def _vagrant_up(place: Place, box: Box, log: Path, phase: Phase) -> BootWatch:
    """Run ``vagrant up`` to its end, which the watch tells."""
    with (
        log.open("w", buffering=1, encoding="utf-8") as record,  # whoever waits can read along
        subprocess.Popen(
            bound(["vagrant", "up", "--provider=libvirt"]),
            cwd=REPOSITORY,
            env=environment(place, box),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as vagrant,
    ):
        assert vagrant.stdout is not None  # noqa: S101 (asked for above)
        watch = BootWatch(place.domain, SILENCE, vagrant.kill)
        try:
            # Somebody else's box may say nothing on its console: Vagrant's own patience ends that.
            with watch.watching() if box.disk else nullcontext():
                for line in vagrant.stdout:
                    record.write(line)
                    phase.note(line.partition(":")[2].strip(" ->\n"))
                    watch.tell(line)
                    if BOOTED in line:
                        watch.reached()
        except BaseException:
            vagrant.kill()
            raise
    watch.status = vagrant.returncode
    return watch


def cause(log: str) -> str:
    """Find what ended ``vagrant up`` in all that it said: libvirt's own sentence, a plugin's, or Vagrant's.

    >>> cause("==> vm: Removing domain...\\na.rb:7:in `create': Call to virDomainCreate failed: no room (Lib::Error)")
    'no room'
    """
    refused = re.findall(r"Call to vir\w+ failed: (.+?)(?: \(\S+\))?$", log, re.MULTILINE)
    raised = re.findall(r"^\S+\.rb:\d+:in [`'].+?': (.+?)(?: \([\w:]+\))?$", log, re.MULTILINE)
    if refused or raised:
        return str((refused or raised)[-1])
    # What is said on the way begins with the machine's name.
    lines = [line for line in log.splitlines() if not re.match(r"(==>| {4}\w+:|Bringing machine|\[fog\])", line)]
    paragraphs = [" ".join(part.split()) for part in "\n".join(lines).split("\n\n")]
    return next((part for part in paragraphs if part), "it said nothing")


def login(place: Place, box: Box) -> dict[str, str]:
    """How to log in to a VM that was booted from a public box, as Vagrant has arranged it (OpenSSH's words)."""
    import vagrant

    conf = vagrant.Vagrant(root=str(REPOSITORY), env=environment(place, box)).conf()
    return {str(name): str(value) for name, value in conf.items()}


def environment(place: Place, box: Box) -> dict[str, str]:
    """What a `vagrant` command needs to know to find this VM; a public box lies in the user's own Vagrant folder."""
    return {
        **os.environ,
        **place.settings.mark,
        "LAB_VM_SETTINGS": str(place.folder / "settings.json"),
        "VAGRANT_DOTFILE_PATH": str(place.folder / "data"),
        "VAGRANT_CHECKPOINT_DISABLE": "1",
        "VAGRANT_NO_COLOR": "1",
    } | ({"VAGRANT_HOME": str(_vagrant_home(place.settings))} if box.disk else {})


def capture(place: Place, target: Path) -> None:
    """Keep the running VM, disk and memory, in ``target`` and stop it. :func:`restore` starts it from there.

    The memory goes into the overlay itself (QEMU's ``savevm``), so one file holds one consistent state.
    """
    wake.tell(place.uuid, libvirt.running(place.uuid), wake.SETTLE, time.monotonic() + PATIENCE)
    libvirt.virsh("suspend", place.uuid)
    libvirt.monitor(place.uuid, f"savevm {SNAPSHOT}", timeout=300)
    (target / "domain.xml").write_text(libvirt.definition(place.uuid))
    libvirt.virsh("destroy", place.uuid)
    shutil.copytree(place.folder, target / "vagrant")
    # Vagrant's number of the machine in its index: two machines from one state must not have the same.
    (target / "vagrant" / "data" / "machines" / place.machine / "libvirt" / "index_uuid").unlink(missing_ok=True)
    take_disk(place, target / "disk.qcow2")


def take_disk(place: Place, target: Path) -> None:
    """Move the disk of a VM that is off to ``target``; by way of libvirt where the file is not this user's to read."""
    if os.access(place.disk, os.R_OK):
        shutil.move(place.disk, target)
    else:
        libvirt.virsh("vol-download", "--sparse", "--pool", place.pool.name, place.disk.name, str(target), timeout=300)


def restore(place: Place, box: Box, warm: Path) -> None:
    """Start the VM from the state :func:`capture` kept in ``warm``: QEMU starts paused and loads disk and memory.

    The state may have been captured at another place: domain, disk and Vagrant's data become this one's, the guest
    is told its name and address, and with them it is kept again, for :func:`revert`.

    Raises:
        MachineError: libvirt or QEMU refused, or the guest does not answer.
    """
    _clear(place, box)
    shutil.copytree(warm / "vagrant", place.folder)
    captured = json.loads((place.folder / "settings.json").read_text())
    _write_settings(place, captured)
    for file in (place.folder / "data" / "machines" / place.machine / "libvirt").iterdir():
        file.write_text(file.read_text().replace(captured["uuid"], place.uuid))
    result = run(["cp", "--reflink=auto", "--sparse=always", str(warm / "disk.qcow2"), str(place.disk)], timeout=300)
    if result.status:
        raise MachineError(f"The VM's disk cannot be copied: {result.stderr.strip()}", "Run: python3 lab.py doctor")
    if box.disk:
        result = run(["qemu-img", "rebase", "-u", "-F", "qcow2", "-b", str(box.disk), str(place.disk)])
        if result.status:
            raise MachineError(f"The VM's disk cannot be used: {result.stderr.strip()}", "Run: python3 lab.py doctor")
    xml = (warm / "domain.xml").read_text()
    standing = (place.domain, place.uuid, place.disk, disk_io(), place.network.name, place.address.mac)
    libvirt.define(libvirt.moved(xml, *standing, {wake.PORT: place.port}))
    (place.folder / BLUEPRINT).write_text(libvirt.definition(place.uuid))
    libvirt.virsh("start", place.uuid, "--paused")
    libvirt.monitor(place.uuid, f"loadvm {SNAPSHOT}")
    libvirt.virsh("resume", place.uuid)
    running, deadline = libvirt.running(place.uuid), time.monotonic() + PATIENCE
    wake.tell(place.uuid, running, wake.identity(place.domain, place.address.mac) | wake.SETTLE, deadline)
    libvirt.monitor(place.uuid, f"savevm {SNAPSHOT}", timeout=300)
    wake.tell(place.uuid, running, wake.AWAKE, deadline)
    _await_network(place)


def revertible(place: Place) -> str:
    """What the running VM is made of, in XML, where :func:`revert` can bring it back.

    Empty when it does not run, when it lost its network, or when the computer was rebuilt since, such as by a disk that
    was plugged in: QEMU loads a state only into the devices it was kept from. :func:`restore` begins with those.
    """
    blueprint = place.folder / BLUEPRINT
    kept = blueprint.read_text() if blueprint.is_file() else ""
    found = libvirt.definitions(place.uuid)
    if found is None:
        return ""
    running, defined = found
    rebuilt = defined != kept or libvirt.devices_in(running) != libvirt.devices_in(kept)
    return "" if rebuilt or not _is_plugged_in(place, running) else running


def revert(place: Place, running: str) -> None:
    """Bring the VM back to its golden state inside the QEMU that runs it; ``running`` is from :func:`revertible`.

    Raises:
        MachineError: QEMU refused, or the guest does not answer.
    """
    deadline = time.monotonic() + PATIENCE
    with _waking(place):
        libvirt.monitor(place.uuid, f"loadvm {SNAPSHOT}")
        wake.tell(place.uuid, running, wake.AWAKE, deadline)
        _await_network(place)


def runs(place: Place) -> bool:
    """Whether the VM runs as it should: awake, and plugged into its network."""
    waking = (place.folder / WAKING).exists()
    return libvirt.state(place.uuid) == "running" and not waking and has_network(place)


def holds_work(place: Place) -> bool:
    """Whether the VM is there, running or not, such that :func:`resume` can bring it back with what is in it."""
    return bool(libvirt.state(place.uuid)) or (place.disk.exists() and (place.folder / BLUEPRINT).is_file())


def resume(place: Place) -> None:
    """Let a VM that is there go on with what is in it, whatever stopped it.

    It was paused, suspended to disk or to memory, powered off, crashed; its domain was undefined; its waking was
    interrupted; or it lost its network. What was powered off boots from its own disk.

    Raises:
        HostError: its network or its pool cannot start.
        MachineError: libvirt refused, or the guest does not answer. What is in the VM stays.
    """
    with _SHARED:
        place.network.ensure(place.address, place.domain)
        place.pool.ensure()
    with _waking(place):
        boots = False
        match libvirt.settled_state(place.uuid):
            case "running" if has_network(place):
                pass
            case "paused":
                libvirt.virsh("resume", place.uuid)
            case "pmsuspended":
                libvirt.virsh("dompmwakeup", place.uuid)
            case state:
                if state == "running":
                    libvirt.save(place.uuid)  # a network plugs in what starts, and nothing else
                elif state == "":
                    libvirt.define((place.folder / BLUEPRINT).read_text())
                elif state == "crashed":
                    libvirt.virsh("destroy", place.uuid)
                boots = not libvirt.is_saved(place.uuid)
                libvirt.virsh("start", place.uuid)
        running = libvirt.running(place.uuid)
        if boots:
            _await_boot(place, running)
        # Its driver may have been killed before the guest was told its name.
        identity = wake.identity(place.domain, place.address.mac)
        wake.tell(place.uuid, running, identity | wake.AWAKE, time.monotonic() + PATIENCE)
        _await_network(place)
        if boots:
            _await_login(place)


def _await_login(place: Place) -> None:
    """Wait until the SSH server of a guest that has booted takes connections; a guest from memory has one that does."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection((place.address.ip, SSH), timeout=5).close()
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise _unreachable(place, PATIENCE) from error
        time.sleep(0.2)  # nothing tells the host that a guest's server listens


def _unreachable(place: Place, seconds: float) -> MachineError:
    return MachineError(
        f"The VM {place.domain} does not answer from the network within {seconds:g} s.",
        f"Put it right with: python3 lab.py reset {place.scenario}",
    )


def _await_boot(place: Place, running: str) -> None:
    """Wait until a guest that was powered on answers, for as long as its console gets on.

    Raises:
        MachineError: it went off again, or is silent for :data:`SILENCE`; what is in it stays.
    """
    cure = f"To make it anew, which throws away what is in it: python3 lab.py reset {place.scenario}"
    watch = BootWatch(place.domain, SILENCE, lambda: None)
    with watch.watching():
        while True:
            with suppress(MachineError):
                wake.tell(place.uuid, running, {}, time.monotonic() + ASK)
                return
            if watch.gave_up:
                raise _silent(place, watch, cure)
            if (state := libvirt.state(place.uuid)) != "running":
                raise MachineError(f"The VM {place.domain} does not boot: it is {state or 'gone'}.", cure)


def _silent(place: Place, watch: BootWatch, cure: str) -> MachineError:
    said = " / ".join(watch.end())
    told = f"and the last that it printed is: {said}" if said else "and has printed nothing."
    return MachineError(f"The VM {place.domain} does not boot: it is silent for {SILENCE:g} s, {told}", cure)


def has_network(place: Place) -> bool:
    """Whether the VM, which runs, is plugged into its network; nobody is in one that was stopped and started again."""
    return _is_plugged_in(place, libvirt.running(place.uuid))


def _is_plugged_in(place: Place, running: str) -> bool:
    cards = libvirt.taps(running, place.network.name)
    return all(Path(f"/sys/class/net/{tap}/master").exists() for tap in cards)


@contextmanager
def _waking(place: Place) -> Iterator[None]:
    """Mark the VM while its guest has the time, and the entropy, of another moment."""
    mark = place.folder / WAKING
    mark.touch()
    yield
    mark.unlink()


def _await_network(place: Place) -> None:
    """Wait until the guest answers from the network: it refuses a connection to a port at which nobody listens.

    Its SSH server listened when the state was kept. To knock there would have it start a program for the visitor, which
    costs an emulated processor a quarter of a second; it is done only where nothing is heard from the other port, as
    from behind a firewall.
    """
    deadline = time.monotonic() + NETWORK
    while True:
        # Briefly: what is sent before the guest has its address is lost, and is sent again after a second.
        try:
            socket.create_connection((place.address.ip, DISCARD), timeout=1).close()
        except ConnectionRefusedError:
            return
        except TimeoutError:
            with suppress(OSError):
                socket.create_connection((place.address.ip, SSH), timeout=1).close()
                return
        except OSError:
            pass
        # Where it was taken it was no guest, but whatever answers for all that the host's own networks do not hold.
        if time.monotonic() > deadline:
            raise _unreachable(place, NETWORK)
        time.sleep(0.1)  # nothing tells the host that a guest has got its address


def remove(place: Place) -> None:
    """Remove the domain, its disk and Vagrant's data; nothing happens when they are not there."""
    (place.folder / MARK).unlink(missing_ok=True)  # first: what is half removed must not be brought back
    libvirt.forget(place.uuid)
    place.disk.unlink(missing_ok=True)
    place.port.unlink(missing_ok=True)
    shutil.rmtree(place.folder, ignore_errors=True)


def remove_shared(settings: Settings) -> list[str]:
    """Remove what the VMs of a lab shared, when none is left; what had to stay as it is in use, in sentences."""
    place = Place(settings, "", "")
    told = place.network.remove() + place.pool.remove([f"{settings.name}-*.img", "*_vagrant_box_image_*"])
    for folder in ("vagrant.d", "vagrant", "ports"):
        shutil.rmtree(settings.run / folder, ignore_errors=True)
    if not told:
        settings.subnet_file.unlink(missing_ok=True)
    return told
