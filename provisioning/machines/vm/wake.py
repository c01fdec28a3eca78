"""Tell a guest that was loaded from memory the time, fresh entropy and its name: the host's side of `lab-wake`.

The other side runs in the guest (`playbooks/roles/common/files/vm`). The two speak through a port that QEMU gives the
guest, which takes milliseconds. If this user may not open the port's socket, libvirt's agent runs the same program.
That is slower: libvirt does not speak to an agent for a second after a load, and the program has to start.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import time
import uuid
from collections.abc import Mapping
from typing import Any

from provisioning.errors import ANEW, MachineError
from provisioning.machines.vm import libvirt

PORT = "lab.wake.0"
"""The port's name in the Vagrantfile, in `lab-wake`, and in the rule by which udev starts that."""
PROGRAM = "/usr/local/sbin/lab-wake"
SETTLE = {"settle": "yes"}
"""Tells the guest that it will be kept: it answers once it is at rest."""
AWAKE = {"awake": "yes"}
"""Tells the guest that it will not be kept again: it may use a clock source that does not go back with a state."""
CLOCK = 0.5
"""Seconds by which a guest's clock may differ from the host's once it was told the time."""


def identity(name: str, mac: str) -> dict[str, str]:
    """Return what tells the guest its host name and its MAC address."""
    return {"name": name, "mac": mac}


def tell(domain: str, running: str, more: Mapping[str, str], deadline: float) -> None:
    """Tell the guest the time until its clock is right, and what else it should know (:func:`identity`, ``SETTLE``,
    ``AWAKE``).

    ``domain`` is its name or UUID, ``running`` the definition of the running domain, ``deadline`` a moment of the
    monotonic clock.

    Raises:
        MachineError: the guest does not answer, or its clock is not right before the deadline.
    """
    path, late = libvirt.channel(running, PORT), 0.0
    while True:
        # Fresh entropy: two guests that wake from one state would draw the same random numbers.
        told = {"id": str(uuid.uuid4()), "entropy": base64.b64encode(os.urandom(64)).decode(), **more}
        try:
            answer = through_port(path, told, late, deadline)
        except PermissionError:
            answer = _through_agent(domain, told, late, deadline)
        behind = time.time() - answer["time"]
        if abs(behind) < CLOCK:
            return
        if time.monotonic() > deadline:
            raise MachineError(
                f"The VM does not take the time: it is {behind:.1f} s behind.",
                ANEW,
            )
        late += behind  # so long the message took to get there


def through_port(path: str, told: Mapping[str, str], late: float, deadline: float) -> Any:
    """Say a message through the guest's port; return the answer.

    Raises:
        MachineError: the guest does not answer.
        PermissionError: this user may not open the port.
    """
    patience = max(1.0, deadline - time.monotonic())
    with socket.socket(socket.AF_UNIX) as port:
        port.settimeout(patience)
        try:
            port.connect(path)
            # The empty line ends a message of which an earlier process may have sent a part.
            port.sendall(b"\n" + _line(told, late))
            for line in port.makefile("rb"):
                answer = json.loads(line)
                if answer["id"] == told["id"]:
                    return answer
        except TimeoutError as error:
            raise _silent(f"on its port {PORT} within {patience:.0f} s") from error
        except ConnectionError as error:
            raise _silent(f"on its port {PORT}: {error.strerror}") from error
    raise _silent(f"on its port {PORT}: the hypervisor closed it")


def _through_agent(domain: str, told: Mapping[str, str], late: float, deadline: float) -> Any:
    while True:
        try:
            said = base64.b64encode(_line(told, late)).decode()
            arguments = {"path": PROGRAM, "arg": ["--once"], "input-data": said, "capture-output": True}
            program, pause = libvirt.agent(domain, "guest-exec", arguments, timeout=10), 0.0
            while not (done := libvirt.agent(domain, "guest-exec-status", program, timeout=10))["exited"]:
                time.sleep(pause)  # no event tells, and a guest that is asked too often is never at rest
                pause = min(pause + 0.1, 0.4)
            return json.loads(base64.b64decode(done["out-data"]))
        except MachineError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.05)  # no event tells when libvirt speaks to the agent again


def _line(told: Mapping[str, str], late: float) -> bytes:
    """Return the message, with the time that it will be when the guest gets it, ``late`` seconds from now."""
    return json.dumps({**told, "time": time.time() + late}).encode() + b"\n"


def _silent(where: str) -> MachineError:
    return MachineError(f"The VM does not answer {where}.", ANEW)
