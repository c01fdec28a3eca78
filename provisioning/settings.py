"""The settings that users choose, read once from the environment."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from provisioning import names
from provisioning.errors import UsageError

REPOSITORY = Path(__file__).resolve().parent.parent
ACCELERATIONS = ("auto", "kvm", "tcg")
DEBIANS = {"12": "bookworm", "13": "trixie"}
"""The code name of each release of Debian that the machines may be made of."""
SOCKET_PATH = 107
"""Bytes that the path of a socket may have (unix(7))."""


@dataclass(frozen=True)
class Settings:
    """What a user may choose without touching code. Every field has an environment variable ``LAB_<FIELD>``."""

    name: str = "lab"
    """Prefix of every container, volume, network and domain; an ordinary user's is ``lab<uid>``."""
    home: Path = Path("/var/lib/lab")
    """Caches and run-time files; an ordinary user's is ``/var/lib/lab<uid>``. Readable by the user QEMU runs as, hence
    not under a home folder."""
    scenarios: Path = REPOSITORY / "labs"
    """The folder of the scenarios; an instructor's own may lie elsewhere."""
    acceleration: str = "auto"
    """``kvm``, ``tcg`` (software emulation), or ``auto``: what the boot probe found to work."""
    debian: str = "13"
    """The release of Debian that the machines are made of: one of :data:`DEBIANS`."""
    vagrant_box: str = ""
    """A public Vagrant box to use instead of the one built here."""
    container_image: str = ""
    """A public container image to use instead of the one built here."""
    cache_limit: float = 20.0
    """GB that the cache may take before what no scenario asks for is removed from it."""
    uid: int = field(default_factory=os.geteuid)
    """The user whose lab it is."""

    @property
    def suite(self) -> str:
        """The code name of :attr:`debian`, by which archives call it."""
        return DEBIANS[self.debian]

    @property
    def owner(self) -> str:
        """Who made a container, a network or a domain: the mark by which a lab knows what is its own at the engines.

        The name is not enough: another user, or another home of the same user, may hold a lab of the same name.
        """
        return names.owner(self.uid, str(self.home))

    @property
    def cache(self) -> Path:
        """Content-addressed artefacts, shared by every lab on this host."""
        return self.home / "cache"

    @property
    def shared_cache(self) -> Path | None:
        """Where an ordinary user finds images that root's lab has built, only to be read; None for root."""
        return Settings.home / "cache" if self.uid else None

    @property
    def run(self) -> Path:
        """Run-time files of this lab alone: keys, inventories, logs, disks. ``down --all`` empties it."""
        return self.home / "run" / self.name

    @property
    def signature(self) -> dict[str, str]:
        """The variable by which the next process of this lab finds programs that outlived a killed one.

        The folder and not the name alone: another home may hold a lab of the same name.
        """
        return {"LAB_CHILD_OF": str(self.run)}

    @property
    def subnet_file(self) -> Path:
        """What :func:`provisioning.machines.vm.places.choose_subnet` chose, until ``down --all``."""
        return self.run / "subnet"

    @property
    def subnets(self) -> list[str]:
        """First two octets of the networks that the VMs may get, in the order in which they are tried.

        The name decides where the order begins, so that most labs get the same network each time.
        """
        first = zlib.crc32(self.name.encode())
        return [f"10.{64 + (first + step) % 128}" for step in range(128)]

    @property
    def chosen_subnet(self) -> str:
        """What :attr:`subnet_file` holds; empty where it is missing, cut off or something else."""
        try:
            found = self.subnet_file.read_text(errors="replace")
        except FileNotFoundError:
            return ""
        return found if found in self.subnets else ""

    @property
    def subnet(self) -> str:
        """First two octets of the VMs' network."""
        return self.chosen_subnet or self.subnets[0]


VARIABLES = tuple(f"LAB_{setting.name.upper()}" for setting in fields(Settings) if setting.name != "uid")
"""What users set. What scripts find is another table (:mod:`provisioning.lesson.variables`)."""


def load_settings(environ: dict[str, str] | None = None) -> Settings:
    """Read the settings from ``environ`` (the process's own when None). An empty variable is as good as none.

    Raises:
        UsageError: a value is not one of those allowed.
    """
    env = {name: value for name, value in (os.environ if environ is None else environ).items() if value}
    own = names.lab_of(os.geteuid())
    settings = Settings(
        name=env.get("LAB_NAME", own),
        home=_path(env, "LAB_HOME", Settings.home.with_name(own)),
        scenarios=_path(env, "LAB_SCENARIOS", Settings.scenarios),
        acceleration=env.get("LAB_ACCELERATION", Settings.acceleration),
        debian=env.get("LAB_DEBIAN", Settings.debian),
        vagrant_box=env.get("LAB_VAGRANT_BOX", ""),
        container_image=env.get("LAB_CONTAINER_IMAGE", ""),
        cache_limit=_gigabytes(env.get("LAB_CACHE_LIMIT", str(Settings.cache_limit))),
    )
    if not names.LAB.fullmatch(settings.name):
        raise UsageError(
            f"LAB_NAME is {settings.name!r}, which cannot be the prefix of a container and a domain.",
            "Use 1 to 16 lower-case letters and digits, a letter first.",
        )
    if settings.acceleration not in ACCELERATIONS:
        raise UsageError(f"LAB_ACCELERATION is {settings.acceleration!r}.", f"Use one of {', '.join(ACCELERATIONS)}.")
    if settings.debian not in DEBIANS:
        raise UsageError(f"LAB_DEBIAN is {settings.debian!r}.", f"Use one of {', '.join(DEBIANS)}.")
    _check_home(settings)
    if re.search(r"[\0-\x1f\x7f\ud800-\udfff\[]|::", str(settings.scenarios)):
        raise UsageError(
            f"LAB_SCENARIOS is {str(settings.scenarios)!r}, a name that pytest cannot tell from a part of a file.",
            "Use a folder without control characters, square brackets and `::` in its path.",
        )
    for name in ("LAB_VAGRANT_BOX", "LAB_CONTAINER_IMAGE"):
        if not re.fullmatch(r"([a-zA-Z0-9][\w./:@+-]*)?", env.get(name, ""), re.ASCII):
            raise UsageError(f"{name} is {env[name]!r}, which cannot be the name of one.", f"Correct {name}.")
    return settings


def _path(env: Mapping[str, str], name: str, default: Path) -> Path:
    """Return the folder that a variable names, as an absolute path: it stays the same if the current folder changes."""
    value = os.path.expanduser(env.get(name, str(default)))  # noqa: PTH111 (`~nobody` is no error yet)
    try:
        return Path(os.path.abspath(value))  # noqa: PTH100 (which leaves no `..`)
    except FileNotFoundError as error:
        raise UsageError(
            f"{name} is {value!r}, and the current folder is not there any more.", "Go to another folder."
        ) from error


def _check_home(settings: Settings) -> None:
    """Refuse a home whose path other programs would misread.

    Raises:
        UsageError: the path cannot stand in the settings of OpenSSH, Docker, libvirt and Vagrant.
    """
    home = str(settings.home)
    if not re.fullmatch(r"(/[\w.+@-]+)+", home):
        raise UsageError(
            f"LAB_HOME is {home!r}, and other programs would take such a name for something else.",
            "Use a folder whose path holds letters, digits and the signs / . _ + @ - alone, such as /srv/lab.",
        )
    # The shortest name of a VM, and the end of the name that OpenSSH gives a socket at first.
    spare = SOCKET_PATH - len(
        f"{settings.run}/ssh/{names.of_machine(settings.name, 'a', 'a')}.0123456789abcdef".encode()
    )
    if spare < 0:
        raise UsageError(
            f"LAB_HOME is {home!r}, whose path is {-spare} bytes too long for a socket in it.",
            "Use a folder with a shorter path, such as /srv/lab.",
        )


def _gigabytes(text: str) -> float:
    if not re.fullmatch(r"\d{1,6}([.]\d+)?", text, re.ASCII) or float(text) == 0:
        raise UsageError(f"LAB_CACHE_LIMIT is {text!r}, which is no number of GB.", "Use a number such as 20.")
    return float(text)
