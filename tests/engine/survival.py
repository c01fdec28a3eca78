"""The harness of survival: a fault at a seeded moment of the program's work, one verb after it, and a look at the rest.

    .venv/bin/python -m tests.engine.survival --kills 200 --seed 1

works in a home of its own, a file system in memory (it takes root), so that images can be baked again and the disk can
be filled. It restarts Docker Engine and libvirt, and with them every container of this host. The exit status is 1 when
one outcome is not right. `test_survival.py` makes a short sample of it with the images that are there.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from provisioning.deployment import Deployment
from provisioning.errors import LabError
from provisioning.host.services import has_systemd
from provisioning.images.base import base_inputs
from provisioning.images.cache import key_of
from provisioning.progress import Quiet
from provisioning.scenario.load import load_scenario
from provisioning.settings import REPOSITORY, Settings, load_settings
from provisioning.stock.store import forget
from tests.engine.conftest import leftovers

SCENARIO = """
title: What survives
summary: A test.
claims: [C2]
machines:
  vm: {{kind: vm, memory: 512, roles: {roles}}}
  alpha: {{kind: container, roles: {roles}, mounts: [{{type: volume, source: notes, target: /notes, keep: true}}]}}
  beta: {{kind: container, roles: {roles}, mounts: [{{type: volume, source: passing, target: /passing}}]}}
steps:
  - {{id: look, title: Look, script: look.sh, on: [vm, alpha], proves: Something.}}
"""
NAME = "scenario-1"
NOTE = "a learner's own"
"""What stands on the volume that is marked to be kept."""
ROOM = 3
"""Gigabytes of the file system in memory."""
VERBS = {
    "up": ("up", NAME, "--yes"),
    "reset": ("reset", NAME),
    "down": ("down", "--all"),
    "keep": ("down", "--all", "--keep"),
    "resume": ("up", NAME, "--yes"),
    "run": ("run", NAME),
    "bake": ("up", NAME, "--yes"),
}
"""What is run when a fault strikes."""
READER = VERBS["run"]
"""What another terminal does beside a verb that throws work away."""
DISCARDS = ("reset", "down")
"""The verbs that a reader holds off, or that it waits for."""
KEEPS_WORK = ("keep", "resume", "run")
"""The verbs after which, whatever struck them, `up` finds what a learner did in the machines."""
WORK = "/root/work"
"""A learner's file in the VM and in a container."""
BEFORE = {
    "up": "down",
    "reset": "up",
    "down": "up",
    "keep": "up",
    "resume": "suspended",
    "run": "up",
    "bake": "unbaked",
}
"""The state in which each begins."""
SHARES = {"up": 27, "reset": 25, "resume": 15, "down": 13, "keep": 11, "run": 7, "bake": 2}
"""How often each is struck by a kill, in hundredths."""
PIDS = {"docker": Path("/var/run/docker.pid"), "libvirtd": Path("/run/libvirtd.pid")}
ROOT = () if os.geteuid() == 0 else ("sudo",)


@dataclass(frozen=True)
class Fault:
    """What goes wrong, when, and what the user does then."""

    what: str
    """``kill``, ``restart docker``, ``restart libvirtd``, ``no VM network`` or ``disk full``."""
    during: str
    """One of ``VERBS``."""
    share: float
    """The moment, as a share of the time that the verb usually takes; of a full disk, of what the verb writes."""
    cure: str
    """``up`` or ``down``."""
    read: bool = False
    """Whether another terminal runs the scenario's steps meanwhile."""


@dataclass(frozen=True)
class Outcome:
    """What came of a fault."""

    fault: Fault
    moment: str
    ended: str
    """How the program ended that was struck: its exit status, or ``killed``."""
    cured: float
    """Seconds that the cure took."""
    wrong: tuple[str, ...]


def plan(seed: int, kills: int, others: int, *, own_home: bool) -> list[Fault]:
    """The faults of a run, always the same for one seed: kills at moments spread evenly over each verb, and others.

    >>> len(plan(1, 200, 0, own_home=True))
    200
    """
    chance = random.Random(seed)  # noqa: S311 (moments, not secrets)
    counts = struck(kills, {verb: share for verb, share in SHARES.items() if own_home or verb != "bake"})
    cures = itertools.cycle(("up", "down"))
    faults = [
        Fault("kill", verb, (part + chance.random()) / count, next(cures), verb in DISCARDS and part % 2 == 0)
        for verb, count in counts.items()
        for part in range(count)
    ]
    kinds = ["restart docker", "restart libvirtd"] + (["no VM network", "disk full"] if own_home else [])
    for what, number in itertools.product(kinds, range(others)):
        during = "up" if what == "disk full" else ("up", "reset")[number % 2]
        faults.append(Fault(what, during, (number + chance.random()) / others, next(cures)))
    chance.shuffle(faults)
    return _chained(faults)


def struck(kills: int, shares: Mapping[str, int]) -> dict[str, int]:
    """How often each verb is struck by so many kills, by its share of them; ``up`` gets what does not go up.

    >>> struck(10, {"up": 2, "down": 1, "run": 1})
    {'up': 6, 'down': 2, 'run': 2}
    """
    counts = {verb: kills * share // sum(shares.values()) for verb, share in shares.items()}
    counts["up"] += kills - sum(counts.values())
    return counts


def _chained(faults: list[Fault]) -> list[Fault]:
    """The faults in an order in which many begin in the state that the cure before them left."""
    waiting = list(faults)
    chain: list[Fault] = []
    while waiting:
        state = chain[-1].cure if chain else "up"
        chain.append(next((fault for fault in waiting if BEFORE[fault.during] == state), waiting[0]))
        waiting.remove(chain[-1])
    return chain


class World:
    """A lab to which faults happen."""

    def __init__(self, name: str, home: Path, folder: Path, roles: str) -> None:
        self.name = name
        self.home = home
        self.owns_home = home != Settings.home
        self.folder = folder
        self.durations: dict[str, float] = {}
        scenario = folder / NAME
        scenario.mkdir(parents=True)
        (scenario / "scenario.yml").write_text(SCENARIO.format(roles=roles))
        (scenario / "lesson.en.md").write_text("# What survives\n")
        (scenario / "look.sh").write_text("uname -n\n")

    @cached_property
    def environment(self) -> dict[str, str]:
        return {"LAB_NAME": self.name, "LAB_HOME": str(self.home), "LAB_SCENARIOS": str(self.folder)}

    @property
    def settings(self) -> Settings:
        return load_settings(self.environment)

    @property
    def opened(self) -> Deployment:
        return Deployment(self.settings, load_scenario(self.folder / NAME), Quiet())

    @property
    def volume(self) -> str:
        return f"{self.name}-{NAME}-notes"

    def start(self, *argv: str) -> subprocess.Popen[str]:
        return started(argv, self.environment)

    def lab(self, *argv: str) -> str:
        """Run `lab.py` to its end; what it says on standard output.

        Raises:
            RuntimeError: it did not end with status 0.
        """
        return ended(self.start(*argv), " ".join(argv))[0]

    def measure(self) -> None:
        """Take the usual time of every verb; then machines are up, with a note on the volume that is kept."""
        for verb in ("bake", "run", "keep", "resume", "reset", "down", "up"):
            if verb == "bake" and self.has_images():
                self.lab(*VERBS["up"])
                continue
            began = time.monotonic()
            self.lab(*VERBS[verb])
            self.durations[verb] = time.monotonic() - began
        self.write_note()

    def has_images(self) -> bool:
        return all(self.opened.images.has(recipe) for recipe in self.opened.recipes())

    def write_note(self) -> None:
        self.opened.machine("alpha").exec(["sh", "-c", f'echo "{NOTE}" >/notes/note'])

    def work(self, command: str) -> list[str]:
        """In which machines of a learner's a command on what was done there fails."""
        opened = self.opened
        return [name for name in ("vm", "alpha") if opened.machine(name).exec(["sh", "-c", command]).status]

    def enter(self, state: str) -> None:
        """Bring the world into the state in which a verb begins."""
        if state in ("up", "suspended"):
            self.lab(*VERBS["up"])
            self.work(f"echo mine >{WORK}; sync")
        if state == "suspended":
            self.lab(*VERBS["keep"])
        if state in ("down", "unbaked"):
            self.lab(*VERBS["down"])
        if state == "unbaked":
            forget(self.opened)

    def strike(self, fault: Fault) -> Outcome:
        """Let a fault happen, cure it, and look."""
        self.enter(BEFORE[fault.during])
        reader = None
        moment = fault.share * self.durations[fault.during]
        told = f"{moment:.2f} s"
        if fault.what == "disk full":
            free = int(fault.share * self.written())
            told = f"{free >> 20} MiB free"
            with self.full_disk(free):
                ended, wrong = self._watched(self.start(*VERBS[fault.during]))
        else:
            process = self.start(*VERBS[fault.during])
            reader = self.start(*READER) if fault.read else None  # which of them is the first is not known
            with suppress(subprocess.TimeoutExpired):
                process.wait(moment)
            if fault.what == "kill":
                process.kill()
                process.communicate()
                ended, wrong = ("killed" if process.returncode < 0 else "had ended"), []
            else:
                self._faults[fault.what]()
                ended, wrong = self._watched(process)
        began = time.monotonic()
        try:
            if reader:
                wrong += self._read(reader)
            self.lab(*VERBS[fault.cure])
            wrong += self.not_up() if fault.cure == "up" else self.not_down()
            if fault.cure == "up" and fault.during in KEEPS_WORK:
                wrong += [f"{name} lost a learner's work" for name in self.work(f"test -s {WORK}")]
            if fault.cure == "up" and (fault.read or fault.during == "run"):
                self.lab(*READER)
        except (RuntimeError, OSError) as error:
            wrong.append(str(error))
        return Outcome(fault, told, ended, time.monotonic() - began, tuple(wrong))

    @cached_property
    def _faults(self) -> dict[str, Callable[[], None]]:
        return {
            "restart docker": lambda: self.restart("docker"),
            "restart libvirtd": lambda: self.restart("libvirtd"),
            "no VM network": lambda: _quietly("virsh", "-c", "qemu:///system", "net-destroy", self.name),
        }

    @staticmethod
    def _watched(process: subprocess.Popen[str]) -> tuple[str, list[str]]:
        """Let a process end by itself; how it did, and whether its user could read why."""
        _, said = process.communicate(timeout=600)
        wrong = [f"a traceback: {sentence(said)}"] if "Traceback" in said or process.returncode == 70 else []
        if process.returncode and "✘" not in said:
            wrong.append(f"status {process.returncode} without a sentence")
        return f"status {process.returncode}", wrong

    def _read(self, reader: subprocess.Popen[str]) -> list[str]:
        """What is wrong with how a reader ended: it sees machines that are whole, or says why it cannot."""
        ended, wrong = self._watched(reader)
        return [f"the reader: {each}" for each in wrong + (["a step is red"] if ended == "status 1" else [])]

    def restart(self, service: str) -> None:
        """Restart an engine beneath the program."""
        if has_systemd():
            subprocess.run([*ROOT, "systemctl", "restart", service], check=True)
            return
        pid = int(PIDS[service].read_text())
        _quietly(*ROOT, "kill", str(pid))
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.05)
        self.lab("setup", "--yes")

    def written(self) -> int:
        """Bytes that `up` writes below the home: the disk of the VM."""
        disk = next(iter(self.opened.cache.root.glob("warm/*/disk.qcow2")))
        return disk.stat().st_blocks * 512

    @contextmanager
    def full_disk(self, free: int) -> Iterator[None]:
        ballast = self.home / "ballast"
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(shutil.disk_usage(self.home).free - free, 1))
        try:
            yield
        finally:
            ballast.unlink()

    def not_up(self) -> list[str]:
        """What keeps the lab from being up as it should."""
        found = {each["machine"]: each["state"] for each in json.loads(self.lab("status", "--json"))}
        wrong = [] if found == dict.fromkeys(("vm", "alpha", "beta"), "running") else [f"status tells {found}"]
        opened = self.opened
        for name in ("vm", "alpha", "beta"):
            began = time.time()
            try:
                told = opened.machine(name).exec(["sh", "-c", "date +%s; uname -n"]).stdout.split()
            except LabError as error:
                wrong.append(str(error))
                continue
            expected = f"{self.name}-{NAME}-vm" if name == "vm" else name
            if told[1:] != [expected]:
                wrong.append(f"{name} calls itself {told[1:]}")
            if not began - 2 < float(told[0]) < time.time() + 1:
                wrong.append(f"{name} is {began - float(told[0]):.0f} s behind")
        if opened.machine("alpha").exec(["cat", "/notes/note"]).stdout.strip() != NOTE:
            wrong.append("the volume marked keep lost its note")
        return wrong

    def not_down(self) -> list[str]:
        """What is left that should not be, or is gone that should be kept."""
        left = leftovers(self.name, self.home)
        if left.pop("volumes", []) != [self.volume]:
            left["volumes"] = ["not just the one that is marked keep"]
        wrong = [f"{kind} left: {', '.join(found)}" for kind, found in left.items()]
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                line = (process / "cmdline").read_bytes()
                if b"qemu-system" in line and f"guest={self.name}-".encode() in line:
                    wrong.append(f"QEMU left: process {process.name}")
                if "=".join(*self.settings.signature.items()).encode() in (process / "environ").read_bytes().split(
                    b"\0"
                ):
                    wrong.append(f"a child left: process {process.name}")
        halves = [path.name for path in (self.home / "cache").glob("*/tmp-*")] if self.owns_home else []
        return wrong + [f"half an entry left in the cache: {name}" for name in halves]

    def end(self) -> None:
        self.lab("down", "--all")
        _quietly("docker", "volume", "rm", self.volume)


def _quietly(*argv: str) -> None:
    subprocess.run(argv, check=False, capture_output=True)


def started(argv: Sequence[str], environment: Mapping[str, str], *, own_session: bool = False) -> subprocess.Popen[str]:
    """`lab.py` as a process that has just begun; in a session of its own, where all that it starts is to be killed."""
    return subprocess.Popen(
        [sys.executable, str(REPOSITORY / "lab.py"), *argv],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=own_session,
    )


def ended(process: subprocess.Popen[str], told: str, *, wants: int = 0, timeout: float = 1200) -> tuple[str, str]:
    """What a process said on both streams until it ended.

    Raises:
        RuntimeError: it did not end with the status that is wanted.
    """
    out, said = process.communicate(timeout=timeout)
    if process.returncode != wants:
        raise RuntimeError(f"`{told}` ended with status {process.returncode}: {sentence(said)}")
    return out, said


def row_of(number: int, *cells: str, wrong: Sequence[str]) -> str:
    """One outcome as a row of a table."""
    return "| " + " | ".join([str(number), *cells, "; ".join(wrong) or "right"]) + " |"


def sentence(said: str) -> str:
    """What the program says is wrong; otherwise the end of what it said."""
    lines = [line for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("✘")]
    return " ".join((errors or lines)[-1:])


@contextmanager
def own_home(path: Path) -> Iterator[Path]:
    """A file system in memory as a home, with the key and the base of the host's own home."""
    path.mkdir(parents=True, exist_ok=True)
    subprocess.run([*ROOT, "mount", "-t", "tmpfs", "-o", f"size={ROOM}g,mode=755", "lab", str(path)], check=True)
    try:
        _quietly(*ROOT, "chown", str(os.getuid()), str(path))
        host = Settings.home
        shutil.copytree(host / "ssh", path / "ssh")
        base = Path("cache", "base", key_of(base_inputs(load_settings().suite)))
        shutil.copytree(host / base, path / base)
        yield path
    finally:
        subprocess.run([*ROOT, "umount", "--lazy", str(path)], check=True)
        path.rmdir()


def row(number: int, outcome: Outcome) -> str:
    """One outcome as a row of the table."""
    fault = outcome.fault
    during = fault.during + " beside a reader" * fault.read
    cells = (fault.what, during, outcome.moment, outcome.ended, fault.cure, f"{outcome.cured:.1f}")
    return row_of(number, *cells, wrong=outcome.wrong)


HEAD = "| | fault | during | moment | the program | cure | s | outcome |\n|---|---|---|---|---|---|---|---|"


def main() -> None:
    """Make a whole run and print its table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--others", type=int, default=4, help="how often each of the other faults strikes")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    home = Settings.home.with_name("lab-survival")
    faults = plan(options.seed, options.kills, options.others, own_home=True)
    with own_home(home):
        world = World("survival", home, home / "scenarios", "[common, from-windows]")
        wrong, began = 0, time.monotonic()
        try:
            print(HEAD, flush=True)
            world.measure()
            for number, outcome in enumerate(map(world.strike, faults), 1):
                print(row(number, outcome), flush=True)
                wrong += bool(outcome.wrong)
        finally:
            world.end()
            forget(world.opened)
    took = time.monotonic() - began
    usual = ", ".join(f"{verb} {seconds:.1f}" for verb, seconds in world.durations.items())
    print(f"\nseed {options.seed}: {len(faults)} faults, {wrong} not right, in {took:.0f} s; usual times in s: {usual}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
