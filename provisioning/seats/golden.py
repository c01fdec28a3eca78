"""The golden seat, which every seat is a copy of: a root of Debian's packages, the program, images and warm states.

It is made in two steps, each kept at the engine by the hash of what goes in. The *root* is an image: mmdebstrap makes
it of the packages that `lab.py setup` would install. The *golden seat* is an instance made from it: the program with
its `.venv`, images that this host baked, and warm states that are made in it, as they hold a key of the seat's own.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from provisioning import names
from provisioning.bootstrap import bundled_wheel, heeded
from provisioning.deployment import Deployment
from provisioning.environment import ORIGINAL
from provisioning.errors import HostError, MachineError
from provisioning.host.packages import NEEDS, VAGRANT_PLUGIN, package_of
from provisioning.images.base import OPTIONS, building, follow, mirrors, namespaces
from provisioning.images.cache import SHARED, hash_tree, key_of
from provisioning.images.golden_container import BASE_REPOSITORY, GOLDEN_REPOSITORY
from provisioning.images.kind import differences
from provisioning.machines.command import bound
from provisioning.progress import Progress
from provisioning.seats import ids, walls
from provisioning.seats.admission import Limits
from provisioning.seats.engine import Engine, set_words
from provisioning.seats.grades import class_folder
from provisioning.seats.seat import HOME, PROGRAM, Seat
from provisioning.settings import DEBIANS, REPOSITORY, Settings

FORMAT = 1
"""Raise it when what is done in the golden seat changes, and no input tells."""
HOOK = Path(__file__).parent / "hooks" / "seat.sh"
LOCK = REPOSITORY / "provisioning" / "requirements" / "page.lock"
PACKAGES = (
    "busybox-static",  # starts a check, whatever became of the seat's own programs
    "ca-certificates",
    "curl",
    "dbus",
    "earlyoom",  # ends a program while the seat can still do so
    "iproute2",
    "kmod",
    "less",
    "nano",
    "procps",
    "python3",
    "python3-venv",
    "systemd-sysv",
)
"""What a seat has beside what the lab needs."""
PARTS = ("LICENSE", "README.md", "Vagrantfile", "lab.py", "playbooks", "provisioning")
"""The program, as it lies in the clone; the scenarios come from where the settings say."""
BUILDING = Limits(memory=4096, disk=20480, processes=8000)
"""What the golden seat may take while it is made."""
POOL_SHARE = 0.8
"""The part of the free disk that the seats' pool may grow to. Its file takes only what is written."""
SPACE = 8 * 10**9
"""Bytes that the first build takes at its peak."""
INSTALL = f"import sys; sys.path.insert(0, {PROGRAM!r}); import lab; lab.install('page')"
WHEELS = "/root/wheels"
WHEELS_HERE, ROOT_HERE = "wheels-", "seat-"
"""How the folders of this host begin in which the program's packages, and the root, wait to be brought in."""
TOLD = 10
"""Changed inputs that are told at most."""
FORGET = """
set -eu
journalctl --quiet --rotate --vacuum-time=1s
rm -rf /var/cache/apt/* /var/lib/apt/lists/* /var/lib/dbus/machine-id
: >/etc/machine-id
"""
"""Leaves nothing in the golden seat that a seat should have of its own, or need not have."""


@dataclass(frozen=True)
class GoldenSeat:
    """The golden seat of a class, made or still to be made."""

    engine: Engine
    settings: Settings
    deployments: Sequence[Deployment]
    """The scenarios that it holds."""

    @property
    def name(self) -> str:
        """The instance."""
        return names.of_golden_seat(self.settings.name)

    @property
    def suite(self) -> str:
        """The release of Debian: the host's own, as its engines are tried there; else that of the machines."""
        own = _host_suite()
        return own if own in DEBIANS.values() else self.settings.suite

    @cached_property
    def root_inputs(self) -> dict[str, Any]:
        """Everything that decides what the root holds, except the versions that the mirror holds on that day."""
        return {
            "format": FORMAT,
            "suite": self.suite,
            "packages": sorted({*PACKAGES, *(package_of(need) for need in (*NEEDS, VAGRANT_PLUGIN))}),
            "options": OPTIONS,
        }

    @cached_property
    def inputs(self) -> dict[str, Any]:
        """Everything that decides what the golden seat holds, as the files are when this is first asked."""
        return {
            "root": key_of(self.root_inputs),
            "hook": hash_tree(HOOK),
            "program": {part: hash_tree(REPOSITORY / part) for part in PARTS},
            "scenarios": {each.scenario.name: hash_tree(each.scenario.folder) for each in self.deployments},
            "images": [list(need) for need in self.images()],
            "debian": self.settings.debian,
            "acceleration": self.settings.acceleration,
        }

    @property
    def key(self) -> str:
        """The hash of the inputs."""
        return key_of(self.inputs)

    def images(self) -> list[tuple[str, str]]:
        """Return kind and key of what this host baked and the seat starts from. None of it holds a key or a secret."""
        wanted = {*SHARED, BASE_REPOSITORY, GOLDEN_REPOSITORY}
        found = {
            (need.kind, need.key)
            for each in self.deployments
            for machine in each.scenario.machines
            for need in each.group(machine).needs(machine)
            if need.kind in wanted
        }
        return sorted(found)

    def standing(self) -> dict[str, Any]:
        """Return the settings of the golden seat that is there; nothing if there is none, or only half of one."""
        found = next((each for each in self.engine.instances() if each["name"] == self.name), None)
        return found["config"] if found and found["config"].get(names.GOLDEN_KEY) else {}

    @property
    def check_folder(self) -> Path:
        """Where the programs lie that check seats: what a learner has in the seat is not asked."""
        return check_folder(self.settings) / self.key

    def ensure(self, progress: Progress) -> None:
        """Make the golden seat unless it is there.

        Raises:
            LabError: it cannot be made.
        """
        before = self.standing()
        if before.get(names.GOLDEN_KEY) == self.key and self.check_folder.is_dir():
            return
        if before:
            changed = differences(json.loads(before[names.GOLDEN_INPUTS]), self.inputs)
            progress.say(f"The golden seat is made anew, as these changed: {', '.join(changed[:TOLD])}")
        ensure_pool(self.engine, self.settings)
        clear_halves(self.settings)
        self.engine.ask("delete", "--force", self.name)
        alias = self._ensure_root(progress)
        try:
            self._create(alias)
            self._make(Seat(self.engine, self.name), progress)
        except BaseException:
            self.engine.ask("delete", "--force", self.name)  # it would go on running, and nobody would use it
            raise

    def _make(self, seat: Seat, progress: Progress) -> None:
        """Make the golden seat of a new instance."""
        with progress.phase("Golden seat: first boot"):
            seat.await_boot()
            self._furnish(seat)
        with progress.phase("Golden seat: the program"):
            self._bring_program(seat)
        with progress.phase("Golden seat: the program's packages"):
            self._install(seat)
        with progress.phase("Golden seat: images"):
            self._bring_images()
        for each in self.deployments:
            with progress.phase(f"Golden seat: {each.scenario.name}, up and down once"):
                seat.lab("up", each.scenario.name, "--yes")
                seat.lab("down", each.scenario.name)
        with progress.phase("Golden seat: to be kept"):
            self._keep_programs()
            seat.lab("down", "--all")
            seat.do("sh", "-c", FORGET)
            size = seat.do("du", "--summarize", "--one-file-system", "--block-size=1M", "/").split()[0]
            self.engine.call("stop", self.name)
            marks = {names.GOLDEN_INPUTS: json.dumps(self.inputs), names.GOLDEN_SIZE: size, names.GOLDEN_KEY: self.key}
            self.engine.call("config", "set", self.name, *set_words(marks))

    def _ensure_root(self, progress: Progress) -> str:
        """Have the engine hold the root as an image. Return its name."""
        key = key_of(self.root_inputs)
        alias = f"{self.settings.name}-root-{key}"
        if self.engine.has(f"/1.0/images/aliases/{alias}?project={self.engine.project}"):
            return alias
        if shutil.disk_usage(self.settings.home).free < SPACE:
            raise HostError(
                f"The seats need {SPACE / 1e9:.0f} GB on the disk of {self.settings.home}.", "Free some space."
            )
        log = self.settings.run / "logs" / "seat.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")
        with TemporaryDirectory(dir=self.settings.run, prefix=ROOT_HERE) as folder:
            out = Path(folder)
            inputs = self.root_inputs
            argv = [
                *namespaces(),
                *("mmdebstrap", "--mode=unshare", *OPTIONS[:1], "--format=tar", *OPTIONS[2:]),
                f"--include={','.join(inputs['packages'])}",
                *(self.suite, str(out / "root.tar"), *mirrors(self.suite)),
            ]
            with progress.phase("Golden seat: packages") as phase:
                follow(argv, building(out), log, phase, "the root of the seats")
            (out / "metadata.yaml").write_text(_metadata(key))
            subprocess.run(["tar", "-C", folder, "-cf", str(out / "meta.tar"), "metadata.yaml"], check=True)
            with progress.phase("Golden seat: the engine takes it"):
                self.engine.call("image", "import", str(out / "meta.tar"), str(out / "root.tar"), "--alias", alias)
        return alias

    def _create(self, alias: str) -> None:
        ours = {
            "environment.LAB_DEBIAN": self.settings.debian,
            "environment.LAB_ACCELERATION": self.settings.acceleration,
        }
        with ids.chosen(self.engine) as first_id:
            config = set_words({**walls.seat_config(BUILDING, first_id), **ours})
            words = [word for each in config for word in ("--config", each)]
            self.engine.call("init", alias, self.name, "--storage", self.engine.project, *words)
        self.engine.call("start", self.name)

    def _furnish(self, seat: Seat) -> None:
        """Make the Debian a seat, and boot it once more."""
        done = seat.exec(["sh", "-s"], stdin=HOOK.read_text())
        if done.status:
            raise MachineError(f"The golden seat cannot be furnished: {done.stderr.strip()}", "Repeat the command.")
        self.engine.call("restart", "--force", self.name)
        seat.await_boot()

    def _bring_program(self, seat: Seat) -> None:
        seat.do("mkdir", "-p", f"{PROGRAM}/labs", HOME)
        pack = ["tar", "-C", str(REPOSITORY), "--exclude=__pycache__", "--owner=0", "--group=0", "-c", *PARTS]
        self.engine.feed(self.name, ["tar", "-C", PROGRAM, "-x"], pack)
        scenarios = [each.scenario.name for each in self.deployments]
        pack = ["tar", "-C", str(self.settings.scenarios), "--exclude=__pycache__", "--owner=0", "--group=0", "-c"]
        tools = ["tools"] if (self.settings.scenarios / "tools").is_dir() else []
        self.engine.feed(self.name, ["tar", "-C", f"{PROGRAM}/labs", "-x"], [*pack, *scenarios, *tools])

    def _install(self, seat: Seat) -> None:
        """Install the program's packages, which this host fetches, as it knows the way to the package index."""
        version = seat.do("python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip()
        with TemporaryDirectory(dir=self.settings.run, prefix=WHEELS_HERE) as folder:
            download(Path(folder), version)
            self.engine.feed(self.name, ["sh", "-c", f"mkdir -p {WHEELS} && tar -C {WHEELS} -x"], _packed(folder))
        seat.do(
            *("env", "PIP_NO_INDEX=1", f"PIP_FIND_LINKS={WHEELS}"),
            *("python3", "-I", "-c", INSTALL),
            timeout=600,
        )
        seat.do("rm", "-rf", WHEELS)

    def _bring_images(self) -> None:
        found = self.images()
        cached = [f"{kind}/{key}" for kind, key in found if kind in SHARED]
        if cached:
            into = f"mkdir -p {HOME}/cache && tar -C {HOME}/cache -x --sparse"
            pack = ["tar", "-C", str(self.settings.cache), "--sparse", "--format=posix", "-c", *cached]
            # Status 1: another lab linked to a file meanwhile. The seal of each entry tells whether it arrived whole.
            tolerant = ["sh", "-c", '"$@" || [ $? -eq 1 ]', "pack", *pack]
            self.engine.feed(self.name, ["sh", "-c", into], tolerant)
        images = [names.of_image(0, kind, key) for kind, key in found if kind not in SHARED]
        if images:
            self.engine.feed(self.name, ["docker", "load"], ["docker", "save", *images])

    def _keep_programs(self) -> None:
        """Keep what checks a seat on this host, as it is before any learner came near it."""
        shelf = check_folder(self.settings)
        shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
        shelf.chmod(0o700)  # it holds programs that become root: for seats, where they do not, and for nobody else
        used = {each["config"].get(names.GOLDEN_KEY) for each in self.engine.instances()}
        for old in shelf.iterdir():
            if old.name not in used:
                shutil.rmtree(old)
        fresh = shelf / f"tmp-{self.key}"
        fresh.mkdir(mode=0o755)
        consumer = ["tar", "-C", str(fresh), "-x"]
        producer = self.engine.words("exec", self.name, "--", "tar", "-C", "/", "-c", "usr", "etc", PROGRAM[1:])
        environment = {**os.environ, **self.engine.environment}
        with subprocess.Popen(bound(producer), stdout=subprocess.PIPE, env=environment) as source:
            taken = subprocess.run(bound(consumer), stdin=source.stdout, check=False)
        if source.returncode or taken.returncode:
            raise HostError("What checks the seats cannot be kept.", "Free disk space, then repeat the command.")
        fresh.rename(self.check_folder)


def check_folder(settings: Settings) -> Path:
    """Return the folder, on this host, of the programs that check seats."""
    return class_folder(settings) / "check"


def clear_halves(settings: Settings) -> None:
    """Remove what a program that was killed while it made a golden seat left on this host: gigabytes."""
    for prefix in (WHEELS_HERE, ROOT_HERE):
        for folder in settings.run.glob(f"{prefix}*"):
            shutil.rmtree(folder)


def ensure_pool(engine: Engine, settings: Settings) -> None:
    """Have the engine hold a storage pool of the class's own, whose copies share what they have in common.

    Raises:
        MachineError: the engine refused.
    """
    pool = engine.project
    if engine.has(f"/1.0/storage-pools/{pool}"):
        return
    size = int(shutil.disk_usage("/var/lib").free * POOL_SHARE / 2**30)
    config = {"size": f"{size}GiB", names.CLASS_OWNER: settings.owner}
    engine.query("/1.0/storage-pools", "POST", {"name": pool, "driver": "btrfs", "config": config})


def download(folder: Path, version: str) -> None:
    """Fetch the program's packages, and what installs them, for that version of Python.

    Raises:
        HostError: they cannot be fetched.
    """
    pip = bundled_wheel()
    if pip is None:
        raise HostError("Python's own pip is not there.", "Run: python3 lab.py setup")
    for lock in (LOCK, LOCK.with_name("uv.lock")):
        argv = [sys.executable, "-I", f"{pip}/pip", "download", "--no-deps", "--quiet", "--disable-pip-version-check"]
        argv += ["--only-binary", ":all:", "--python-version", version, "--require-hashes"]
        argv += ["--dest", str(folder), "-r", str(lock)]
        done = subprocess.run(argv, env=heeded(ORIGINAL), capture_output=True, text=True, check=False)
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise HostError(
                f"The program's packages cannot be fetched: {said}", "See that this host reaches the index."
            )


def _packed(folder: str) -> list[str]:
    return ["tar", "-C", folder, "--owner=0", "--group=0", "-c", "."]


def _metadata(key: str) -> str:
    return f"architecture: x86_64\ncreation_date: 1\nproperties:\n  description: root of the seats of a lab, {key}\n"


def _host_suite() -> str:
    """Return the code name of the host's release (os-release(5)); empty if it has none."""
    try:
        return platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    except OSError:
        return ""
