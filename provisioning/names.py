"""What things are called: from user, lab, scenario and machine to the names at the engines and on the disk, and back.

A name that is looked for again is made here and read here, nowhere else. This module needs no other of the program.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

LAB = re.compile(r"[a-z][a-z0-9]{0,15}")
SCENARIO = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""A scenario's name may have hyphens. What follows it in a name has none, so the last hyphen ends it."""
MACHINE = re.compile(r"[a-z][a-z0-9]*")
VOLUME = re.compile(r"[a-z0-9][a-z0-9_.]*")
ID = re.compile(r"[a-z][a-z0-9-]*")
"""The name of a step or a task."""
LONGEST_SCENARIO, LONGEST_MACHINE = 20, 12
"""Letters that the names may have. ``<lab>-<scenario>-<machine>`` is a host name (63 at most) and, in the folder
``/var/lib/lab/run/<lab>/ssh`` and with 17 letters of OpenSSH's behind it, the path of a socket (107 at most); the lab's
name has 16 letters at most."""
LONGEST_ID = 32
"""Letters that the name of a step, a task or a volume may have."""
BAKERY = "bake"
"""What the lab calls the scenarios of its own, in which it makes images: each begins so."""

LAB_LABEL, SCENARIO_LABEL, MACHINE_LABEL = "lab.name", "lab.scenario", "lab.machine"
"""Labels of whatever is the lab's own at Docker Engine. Scripts and learners put the first two on what they make."""
OWNER_LABEL = "lab.owner"
"""Label of what the program itself made: whose lab it was (:func:`owner`)."""
KEEP_LABEL = "lab.keep"
"""Label of a volume that outlives `reset` and `down`, whatever its value."""
MANIFEST_LABEL = "lab.golden"
"""Label of a container: the key of its manifest. `up` sees by it whether the container is what the scenario asks for,
and pruning, which manifests are still needed."""
IMAGE_LABEL = "lab.image"
"""Label of an image that a lab built: ``base`` or ``golden``."""
BUILT_BY_LABEL = "lab.built-by"
"""Label of an image that a lab built: whose (:func:`owner`). Unlike ``lab.owner`` it may be inherited by what is made
from the image."""
INPUTS_LABEL = "lab.inputs"
"""Label of a container's golden image: what it was made from."""

NAMESPACE = "3f0e1d8a-52f7-4f0b-9c0e-6d1f4b1a7c55"
"""Of the UUIDs that :func:`uuid_of` makes (RFC 4122, version 5)."""
Thing = Literal["domain", "network", "pool"]
"""What libvirt has of a lab."""


# -- users and their labs


def lab_of(uid: int) -> str:
    """Return the name of a user's lab where none is chosen: two users of one host, each with the defaults, never meet.

    >>> lab_of(0), lab_of(1000)
    ('lab', 'lab1000')
    """
    return f"lab{uid}" if uid else "lab"


def owner(uid: int, home: str) -> str:
    """Return how a user's lab with this home signs what it makes.

    >>> owner(1000, "/var/lib/lab1000")
    '1000:/var/lib/lab1000'
    """
    return f"{uid}:{home}"


def parse_owner(owner: str) -> tuple[int, str] | None:
    """Return user and home of an owner; None if the text is no owner."""
    uid, colon, home = owner.partition(":")
    return (int(uid), home) if colon and re.fullmatch("[0-9]+", uid) else None


# -- machines


def of_machine(lab: str, scenario: str, machine: str) -> str:
    """Return the name of a scenario's container, domain or volume.

    >>> of_machine("lab", "scenario-3", "vm")
    'lab-scenario-3-vm'
    """
    return f"{lab}-{scenario}-{machine}"


def parse_machine(lab: str, name: str) -> tuple[str, str] | None:
    """Return scenario and machine (or volume) of such a name; None if the name is not this lab's.

    >>> parse_machine("lab", "lab-scenario-3-vm")
    ('scenario-3', 'vm')
    """
    return parse_folder(name.removeprefix(f"{lab}-")) if name.startswith(f"{lab}-") else None


def of_scenario(lab: str, scenario: str) -> str:
    """Return the name of the network of a scenario's containers.

    >>> of_scenario("lab", "scenario-3")
    'lab-scenario-3'
    """
    return f"{lab}-{scenario}"


def of_folder(scenario: str, machine: str) -> str:
    """Return the name of a machine's folder among those of its lab.

    >>> of_folder("scenario-3", "vm")
    'scenario-3-vm'
    """
    return f"{scenario}-{machine}"


def parse_folder(folder: str) -> tuple[str, str] | None:
    """Return scenario and machine of such a name; None for any other name."""
    scenario, hyphen, machine = folder.rpartition("-")
    return (scenario, machine) if hyphen and scenario and machine else None


def uuid_of(owner: str, thing: Thing, name: str) -> str:
    """Return the UUID by which a lab knows at libvirt what it made itself: nobody else gives it.

    Everything is asked of libvirt by its UUID. What another made under the same name has another one, and is not found.
    """
    import uuid  # here: who only reads the help does without its 7 ms

    return str(uuid.uuid5(uuid.UUID(NAMESPACE), f"{owner}/{thing}/{name}"))


def mac_of(domain: str) -> str:
    """Return the address of a VM's network card. 52:54:00 is QEMU's own range.

    >>> mac_of("lab-scenario-3-vm")
    '52:54:00:9f:93:61'
    """
    crc = zlib.crc32(domain.encode())
    return "52:54:00:" + ":".join(f"{byte:02x}" for byte in crc.to_bytes(4, "big")[1:])


def ip_of(subnet: str, domain: str) -> str:
    """Return the address of a VM in the network ``subnet``, of which two numbers are given.

    >>> ip_of("10.64", "lab-scenario-3-vm")
    '10.64.204.190'
    """
    crc = zlib.crc32(domain.encode())
    return f"{subnet}.{1 + crc % 250}.{1 + crc // 250 % 250}"


def port_of(domain: str) -> str:
    """Return the name of the socket by which the host wakes a VM. It is short: the path of a socket is limited."""
    return f"{zlib.crc32(domain.encode()):08x}"


# -- labels at Docker Engine


@dataclass(frozen=True)
class Labelled:
    """What the labels of a thing at Docker Engine say. What they do not say is empty."""

    lab: str
    owner: str
    scenario: str
    machine: str = ""


def labels(of: Labelled) -> dict[str, str]:
    """Return the labels that mark a thing as a lab's own."""
    marks = {LAB_LABEL: of.lab, OWNER_LABEL: of.owner, SCENARIO_LABEL: of.scenario}
    return marks | ({MACHINE_LABEL: of.machine} if of.machine else {})


def parse_labels(found: Mapping[str, str] | None) -> Labelled:
    """Return what the labels of a thing say."""
    found = found or {}
    return Labelled(*(found.get(each, "") for each in (LAB_LABEL, OWNER_LABEL, SCENARIO_LABEL, MACHINE_LABEL)))


# -- images


def of_repository(uid: int, kind: str) -> str:
    """Return Docker's repository of a user's images of a kind: root's is the kind's, as others may start from those.

    >>> of_repository(0, "lab-base"), of_repository(1000, "lab-base")
    ('lab-base', 'lab-base-1000')
    """
    return f"{kind}-{uid}" if uid else kind


def of_image(uid: int, kind: str, key: str) -> str:
    """Return Docker's name of a user's image.

    >>> of_image(1000, "lab-golden", "0123456789abcdef")
    'lab-golden-1000:0123456789abcdef'
    """
    return f"{of_repository(uid, kind)}:{key}"


def parse_image(uid: int, reference: str) -> tuple[str, str]:
    """Return kind and key of an image, a user's own or root's; of another the repository and the tag.

    >>> parse_image(1000, "lab-golden-1000:0123"), parse_image(1000, "lab-golden:0123"), parse_image(1000, "debian:12")
    (('lab-golden', '0123'), ('lab-golden', '0123'), ('debian', '12'))
    """
    repository, _, key = reference.partition(":")
    return (repository.removesuffix(f"-{uid}") if uid else repository), key


def of_bakery(key: str) -> str:
    """Return the name of the scenario of the lab's own in which the warm state of that key is made."""
    return f"{BAKERY}{key[:8]}"


def of_baked(kind: str, key: str) -> str:
    """Return the name of the machine that becomes the golden image of that key."""
    return f"{kind}{key[:8]}"


# -- seats of a class

CLASS_OWNER = "user.lab.owner"
"""Setting of whatever is a class's own at LXD or Incus: whose (:func:`owner`)."""
LEARNER, SCENARIOS = "user.lab.learner", "user.lab.scenarios"
"""Settings of a seat: who sits there, and the scenarios that are baked into it."""
SUSPENDED = "user.lab.suspended"
"""Setting of a seat that is suspended: why."""
ALLOWED = "user.lab.allowed"
"""Setting of a class's access list: what its seats may reach through the proxy, ``host:port``, with spaces between."""
STAGE = "user.lab.stage"
"""Setting of a seat: how far the program came with it (``seats.classroom.Stage``)."""
GOLDEN_KEY, GOLDEN_INPUTS, GOLDEN_SIZE = "user.lab.golden", "user.lab.inputs", "user.lab.size"
"""Settings of a golden seat and of its copies: its key, what it was made from, and the MiB that its files take."""


def of_class(lab: str) -> str:
    """Return the name of a class's project, of its storage pool, its access list and its table of packet filters.

    >>> of_class("lab")
    'lab-class'
    """
    return f"{lab}-class"


def of_bridge(lab: str) -> str:
    """Return the name of the network of a class's seats. The kernel allows an interface 15 letters.

    >>> of_bridge("lab"), of_bridge("labofsomebody")
    ('lab-seats', 'labofs-6f921702')
    """
    name = f"{lab}-seats"
    return name if len(name) <= 15 else f"{lab[:6]}-{zlib.crc32(lab.encode()):08x}"


def of_golden_seat(lab: str) -> str:
    """Return the name of the instance that every seat is a copy of.

    >>> of_golden_seat("lab")
    'lab-golden'
    """
    return f"{lab}-golden"


def of_seat(lab: str, number: int) -> str:
    """Return the name of a seat's instance, which is also its host name.

    >>> of_seat("lab", 7)
    'lab-seat07'
    """
    return f"{lab}-seat{number:02}"


def parse_seat(lab: str, name: str) -> int | None:
    """Return the number of a seat by such a name; None if the name is no seat's of this lab.

    >>> parse_seat("lab", "lab-seat07"), parse_seat("lab", "lab-golden")
    (7, None)
    """
    found = re.fullmatch(rf"{lab}-seat([0-9]{{2,}})", name)
    return int(found[1]) if found else None
