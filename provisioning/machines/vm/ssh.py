"""A running VM, reached by SSH."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from provisioning.errors import ANEW, MachineError
from provisioning.machines import Kind, Result
from provisioning.machines.command import run
from provisioning.machines.vm.places import Place
from provisioning.settings import Settings

MAKE_READY = Path(__file__).parent / "make-ready.sh"
SSH_FAILED = 255
"""ssh(1): the status if the connection failed, or if the command was killed or ended with this status itself."""


def ensure_key(settings: Settings) -> Path:
    """Return the lab's private key (ed25519, mode 0600), made if it is missing; the public one is beside it (``.pub``).

    It outlives the warm states, which hold its public half.
    """
    path = settings.home / "ssh" / "id_ed25519"
    if not path.with_suffix(".pub").exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(path)])
    return path


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
                ANEW,
            )
        return result

    def _is_connected(self) -> bool:
        """Return True if the shared SSH connection stands. The host's ssh knows this without asking the guest.

        The exit status does not tell: a command may end with ssh's own status, or be killed, and ssh has the same.
        Nor does the output: ssh prints nothing if a connection breaks while a command runs.
        """
        return run(["ssh", "-F", str(self.ssh_config), "-O", "check", self.domain], timeout=10).status == 0

    def shell_argv(self, *, terminal: bool = True) -> list[str]:
        """See :class:`provisioning.machines.Machine`."""
        return ["ssh", "-F", str(self.ssh_config), "-t" if terminal else "-T", self.domain]

    def hang_up(self) -> None:
        """Close the shared SSH connection: a restored guest does not know it."""
        run(["ssh", "-F", str(self.ssh_config), "-O", "exit", self.domain], timeout=10)

    def make_ready(self) -> None:
        """Prepare the guest for being kept as a state."""
        self.exec(["sh", "-c", MAKE_READY.read_text()], timeout=120)


def guest_config(place: Place, key: Path) -> Path:
    """Write the OpenSSH configuration that reaches a VM which belongs to no scenario. Return its path."""
    return write_ssh_config(place.settings, place.domain, [place], key)


@contextmanager
def guest(place: Place, key: Path) -> Iterator[VirtualMachine]:
    """Log in to a VM that belongs to no scenario, such as one that is being baked."""
    machine = VirtualMachine(place.machine, place.domain, guest_config(place, key))
    try:
        yield machine
    finally:
        machine.hang_up()
