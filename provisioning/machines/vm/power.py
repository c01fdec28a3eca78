"""Bring back a VM that is there, whatever stopped it, and wait until its guest answers."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from provisioning.errors import ANEW, MachineError
from provisioning.machines.vm import libvirt, places, wake
from provisioning.machines.vm.console import BootWatch
from provisioning.machines.vm.places import Place

PATIENCE = 120.0
"""Seconds a guest may take to answer after it was started from memory; one to three are usual."""
SILENCE = 75.0
"""Seconds without a new line on the console of a booting guest. The longest seen, emulated on a busy host, were 21."""
ASK = 5.0
"""Seconds that one question to a booting guest may take."""
DISCARD = 9
"""A TCP port that no guest serves (RFC 863)."""
SSH = 22
NETWORK = 120.0
"""Seconds that a guest which is awake may take to answer from the network. An emulated one took over 30 beside six
others on two processors."""


def runs(place: Place) -> bool:
    """Return True if the VM runs, is awake and is plugged into its network."""
    waking = (place.folder / places.WAKING).exists()
    return libvirt.state(place.uuid) == "running" and not waking and has_network(place)


def holds_work(place: Place) -> bool:
    """Return True if the VM is there, running or not, and :func:`resume` can bring it back with what is in it."""
    return bool(libvirt.state(place.uuid)) or (place.disk.exists() and (place.folder / places.BLUEPRINT).is_file())


def resume(place: Place) -> None:
    """Let a VM go on with what is in it, whatever stopped it.

    It may be paused, suspended to disk or to memory, powered off or crashed; its domain may be undefined, its waking
    interrupted, its network gone. If it was powered off, it boots from its own disk.

    Raises:
        HostError: its network or its pool cannot start.
        MachineError: its disk is gone; libvirt refused, or the guest does not answer, and it keeps what is in it.
    """
    if not place.disk.exists():
        raise MachineError(
            f"The disk of the VM {place.domain} is gone, and what was in it: {place.disk}.",
            f"Put it back if you have it; to make the VM anew, without it: python3 lab.py reset {place.scenario}",
        )
    with places.SHARED:
        place.network.ensure(place.address, place.domain)
        place.pool.ensure()
    with waking(place):
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
                    libvirt.save(place.uuid)  # libvirt plugs a VM into its network only at a start
                elif state == "":
                    libvirt.define((place.folder / places.BLUEPRINT).read_text(), place.uuid)
                elif state == "crashed":
                    libvirt.virsh("destroy", place.uuid)
                boots = not libvirt.is_saved(place.uuid)
                libvirt.virsh("start", place.uuid)
        running = libvirt.running(place.uuid)
        if boots:
            _await_boot(place, running)
            await_network(place)  # its card may come later than its port, and to be told an identity it needs both
        # An `up` may have been killed before the guest was told its name.
        identity = wake.identity(place.domain, place.address.mac)
        wake.tell(place.uuid, running, identity | wake.AWAKE, time.monotonic() + PATIENCE)
        await_network(place)
        if boots:
            _await_login(place)


def _await_login(place: Place) -> None:
    """Wait until a booted guest's SSH server takes connections. In a guest from memory it does so at once."""
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
        ANEW.replace("SCENARIO", place.scenario),
    )


def _await_boot(place: Place, running: str) -> None:
    """Wait until a guest that was powered on answers, as long as its console prints something new.

    Raises:
        MachineError: it went off again, or is silent for :data:`SILENCE` seconds. It keeps what is in it.
    """
    cure = ANEW.replace("SCENARIO", place.scenario)
    watch = BootWatch(place.domain, SILENCE, lambda: None)
    with watch.watching():
        while True:
            with suppress(MachineError):
                wake.tell(place.uuid, running, {}, time.monotonic() + ASK)
                return
            if watch.gave_up:
                raise silent(place, watch, cure)
            if (state := libvirt.state(place.uuid)) != "running":
                raise MachineError(f"The VM {place.domain} does not boot: it is {state or 'gone'}.", cure)


def silent(place: Place, watch: BootWatch, cure: str) -> MachineError:
    """Return the error of a guest that does not boot, with the end of its console."""
    if said := " / ".join(watch.end()):
        return MachineError(f"The VM {place.domain} does not boot; the last that it printed is: {said}", cure)
    return MachineError(f"The VM {place.domain} does not boot, and has printed nothing for {SILENCE:g} s.", cure)


def has_network(place: Place) -> bool:
    """Return True if the running VM is plugged into its network. After the network was restarted, no VM is."""
    return is_plugged_in(place, libvirt.running(place.uuid))


def is_plugged_in(place: Place, running: str) -> bool:
    """Return True if every network card of the VM, which ``running`` describes (XML), is plugged into a bridge."""
    cards = libvirt.taps(running, place.network.name)
    return all(Path(f"/sys/class/net/{tap}/master").exists() for tap in cards)


@contextmanager
def waking(place: Place) -> Iterator[None]:
    """Keep a file in the VM's folder while its guest has the time and the entropy of another day.

    The file stays if an error is raised: no `finally` removes it, so the next `up` sees that the guest is half awake.
    """
    file = place.folder / places.WAKING
    file.touch()
    yield
    file.unlink()


def await_network(place: Place) -> None:
    """Wait until the guest answers from the network: it refuses a connection to a port at which nobody listens.

    A connection to its SSH server would do as well, but costs an emulated processor a quarter of a second, as the
    server starts a program for it. So it is tried only if the other port does not answer, as behind a firewall.
    """
    deadline = time.monotonic() + NETWORK
    while True:
        # One second: a packet that is sent before the guest has its address is lost, and sent again after a second.
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
        # A connection that was accepted is no answer of the guest: something else answers for this address.
        if time.monotonic() > deadline:
            raise _unreachable(place, NETWORK)
        time.sleep(0.1)  # nothing tells the host that a guest has got its address
