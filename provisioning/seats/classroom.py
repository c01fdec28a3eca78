"""A class on this host: up, status, reset, down. The only place that knows the order of things."""

from __future__ import annotations

import ipaddress
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import msgspec

from provisioning import names
from provisioning.deployment import Deployment
from provisioning.errors import HostError, LabError, MachineError, UsageError
from provisioning.host.doctor import available_memory
from provisioning.host.services import LXCFS
from provisioning.progress import Phase, Progress
from provisioning.proof.manifest import Difference
from provisioning.scenario.model import VmSpec
from provisioning.seats import admission, ids, kernel, proxy, walls
from provisioning.seats.admission import MIB, Limits, Room
from provisioning.seats.check import Checked, check, require_kept, shown
from provisioning.seats.engine import SETUP, Engine
from provisioning.seats.golden import GoldenSeat, check_folder, clear_halves, ensure_pool
from provisioning.seats.grades import Book, Grade, class_folder
from provisioning.seats.notices import Notices
from provisioning.seats.roster import MOST, Place, seated
from provisioning.seats.seat import PROGRAM, Seat, anew
from provisioning.settings import Settings

NEW = "new"
"""The snapshot that a reset goes back to: the seat as it was before anybody used it."""
SIDE_BY_SIDE = 4
"""Seats that are worked on at once, at least: much of the time each waits for its engines."""
USUAL = Limits(memory=admission.AT_REST + admission.EMULATOR + VmSpec().memory)
"""What a seat of a scenario with one VM may take."""
SAVE, STOP = 120.0, 30
"""Seconds that a seat may take to save what is up in it, and to stop."""
UP = "python3 lab.py class up SCENARIO... --seats N"
RUNNING, SUSPENDED = "running", "frozen"
"""The engine's words for a seat that works, and for one that stands still with all that runs in it."""
Suspended = Literal["", "hand", "silence", "over"]
"""Why a seat is suspended: by the instructor's hand, as nobody was active in it, as the class is over; empty if not."""


class Stage(StrEnum):
    """How far the program came with a seat: it may be killed at any moment."""

    NEW = "new"
    """Nothing was brought up in it since it was made, or made new."""
    STARTED = "started"
    """It was started again, and what was up in it was not brought up again."""
    UP = "up"
    """A scenario was brought up in it. What is up there now is its learner's business."""


class SeatStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One seat, as it is now."""

    seat: str
    """Such as ``lab-seat01``."""
    number: int
    learner: str
    state: str
    """:data:`RUNNING`, :data:`SUSPENDED`, or the engine's own word for what it is instead, such as ``stopped``."""
    suspended: Suspended
    scenarios: tuple[str, ...]
    """Those that are baked into it; the first was brought up."""
    whole: bool
    """False if it was made by half: nobody has used it, and `class up` makes it anew."""
    stage: Stage
    """How far the program came with it."""
    current: bool
    """True if it was made from the golden seat that is there now."""
    memory: int
    """Bytes that it takes."""
    disk: int
    """Bytes on disk that it shares with no other."""
    processes: int


class HostStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A server that holds seats."""

    host: str
    seats: tuple[str, ...]
    memory: int
    """MiB that nobody uses and no seat was promised."""
    disk: int
    """MiB."""
    fit: int
    """How many more seats fit, each with one VM of the usual size."""
    scarce: str
    """What there is too little of for one more."""


class Classroom:
    """The seats of a lab's class, whether they run or not."""

    def __init__(self, settings: Settings, engine: Engine, progress: Progress) -> None:
        self.settings = settings
        self.engine = engine
        self.progress = progress

    # -- what there is

    def status(self) -> list[SeatStatus]:
        """Ask the engine for the seats. Return them in the order of their numbers."""
        instances = self.engine.instances(depth=2)
        golden = next((each for each in instances if each["name"] == names.of_golden_seat(self.settings.name)), None)
        key = golden["config"].get(names.GOLDEN_KEY, "") if golden else ""
        found = []
        for each in instances:
            number = names.parse_seat(self.settings.name, each["name"])
            if number is not None:
                found.append(_status(each, number, key))
        return sorted(found, key=lambda seat: seat.number)

    def seats(self, wanted: Sequence[str] = ()) -> list[SeatStatus]:
        """Return the seats that are named by name, number or learner; all of them where none is named.

        Raises:
            UsageError: there is no such seat, or none at all.
        """
        there = self.status()
        if not there:
            raise UsageError("No seat stands.", f"Make some: {UP}")
        found = []
        for name in wanted:
            one = [seat for seat in there if name in (seat.seat, str(seat.number), f"{seat.number:02}", seat.learner)]
            if not one:
                told = ", ".join(f"{seat.number:02} {seat.learner}".strip() for seat in there)
                raise UsageError(f"There is no seat {name!r}.", f"There are: {told}.")
            found += one
        return list(dict.fromkeys(found)) if wanted else there

    def hosts(self) -> list[HostStatus]:
        """Return the servers that hold seats: this one."""
        seats = self.status()
        room = self.room(seats)
        fit, scarce = admission.fitting(USUAL, room)
        names_of_seats = tuple(seat.seat for seat in seats)
        name = os.uname().nodename
        return [HostStatus(host=name, seats=names_of_seats, memory=room.memory, disk=room.disk, fit=fit, scarce=scarce)]

    # -- up

    def up(
        self,
        scenarios: Sequence[Deployment],
        places: list[Place],
        limits: Limits,
        allowed: Sequence[str] | None = None,
    ) -> None:
        """Have a seat stand and run for each place, with what is in it if it is there.

        ``allowed`` is what seats may reach, ``host:port`` each; None if that stays as it is.

        Raises:
            UsageError: a seat that stands was made without one of the scenarios.
            HostError: they do not fit.
            LabError: the golden seat cannot be made, or a seat not be brought up; the others are.
        """
        _require_made_for([each.scenario.name for each in scenarios], places, self.status())
        scenarios[0].images.ensure([recipe for each in scenarios for recipe in each.recipes()])
        subnet, allowed = walls.build(self.engine, self.settings.owner, check_folder(self.settings), allowed)
        proxy.serve(self.settings, subnet[1], allowed)
        if allowed:
            self.progress.say(f"Seats reach {', '.join(allowed)} by the proxy {subnet[1]}:{proxy.PORT}, nothing else.")
        ensure_pool(self.engine, self.settings)
        there = {seat.number: seat for seat in self.status()}
        wanted = seated(places, {number: seat.learner for number, seat in there.items()})
        fresh = [number for number in wanted if number not in there or not there[number].whole]
        admission.admit(len(fresh), limits, self.room(seat for number, seat in there.items() if number not in fresh))
        kernel.widen()
        if fresh:
            GoldenSeat(self.engine, self.settings, scenarios).ensure(self.progress)
        first = scenarios[0].scenario.name
        baked = ",".join(each.scenario.name for each in scenarios)

        def one(number: int, phase: Phase) -> None:
            seat = Seat(self.engine, names.of_seat(self.settings.name, number))
            if number in fresh:
                self._copy(seat, number, wanted[number], baked, limits, subnet)
                self.engine.call("snapshot", seat.name, NEW)
                self._start(seat)
            elif self._revive(seat, there[number]) and there[number].stage == Stage.UP and seat.is_up():
                return  # what is up there is its learner's business
            phase.note(f"{seat.name}: {first}")
            self._bring_up(seat, first)
            if number in fresh or there[number].stage == Stage.NEW:
                self.progress.say(f"{seat.name} is new.")

        self._each("Bringing up seat", list(wanted), one)

    def room(self, standing: Iterable[SeatStatus]) -> Room:
        """Return what there is for more seats. What is promised to those that stand is not free."""
        standing = list(standing)
        promised = sum(max(0, _limit(self.engine, seat) - seat.memory) for seat in standing)
        disk = shutil.disk_usage("/var/lib").free
        pool = f"/1.0/storage-pools/{self.engine.project}"
        if self.engine.has(pool):
            space = self.engine.query(f"{pool}/resources")["space"]
            disk = min(disk, space["total"] - space["used"])
        most = min(int(Path(f"/proc/sys/kernel/{name}").read_text()) for name in ("pid_max", "threads-max"))
        return Room(
            memory=(available_memory() - promised) // MIB,
            disk=disk // MIB,
            processes=most,
            ids=(len(ids.unused(self.engine)) - 1) * admission.IDS,  # one is the golden seat's
            addresses=MOST - len(standing),
        )

    def _bring_up(self, seat: Seat, scenario: str) -> None:
        """Bring a scenario up in a seat that was started.

        Raises:
            MachineError: it cannot be.
        """
        seat.lab("up", scenario, "--yes")
        self._mark(seat, Stage.UP)

    def _mark(self, seat: Seat, stage: Stage) -> None:
        """Note how far the program came with a seat, in case it is killed."""
        self.engine.call("config", "set", seat.name, f"{names.STAGE}={stage}")

    def _copy(
        self, seat: Seat, number: int, learner: str, baked: str, limits: Limits, subnet: ipaddress.IPv4Network
    ) -> None:
        """Make a seat: a copy of the golden one with walls and limits, which is not started yet."""
        self.engine.ask("delete", "--force", seat.name)  # what a killed program made by half
        golden = names.of_golden_seat(self.settings.name)
        before = self.engine.query(f"/1.0/instances/{golden}?project={self.engine.project}")["config"]
        # The engine counts what is shared with the golden seat, too.
        size = int(before[names.GOLDEN_SIZE]) + limits.disk
        address = walls.address_of(number, subnet)
        config = {
            names.LEARNER: learner,
            names.SCENARIOS: baked,
            "environment.SEAT_ADDRESS": f"{address}/{subnet.prefixlen}",
            "environment.SEAT_GATEWAY": str(subnet[1]),
        }
        root = {"type": "disk", "path": "/", "pool": self.engine.project, "size": f"{size}MiB"}
        devices = {"root": root, "eth0": walls.network_card(self.settings.name, number, subnet)}
        source = {"type": "copy", "source": golden, "project": self.engine.project, "instance_only": True}
        kept = {name: value for name, value in before.items() if not name.startswith(("volatile.", "limits."))}
        with ids.chosen(self.engine) as first_id:
            config |= {**kept, **walls.seat_config(limits, first_id), **config}
            body = {"name": seat.name, "source": source, "config": config, "devices": devices, "profiles": []}
            self.engine.query(f"/1.0/instances?project={self.engine.project}", "POST", body)

    def _start(self, seat: Seat) -> None:
        """Start a seat, and wait until it has booted.

        Raises:
            MachineError: it does not start or boot, such as for want of an init that its learner removed.
        """
        started = self.engine.ask("start", seat.name)
        if started.status:
            said = (started.stderr.strip().removeprefix("Error: ").splitlines() or ["it said nothing"])[0]
            raise MachineError(f"{seat.name} does not start: {said}", anew(seat.name))
        seat.await_boot()

    def _revive(self, seat: Seat, status: SeatStatus) -> bool:
        """Have a seat run again that somebody used. Return False if it was started, so that nothing is up in it.

        Raises:
            HostError: it must be started anew, and LXCFS does not run.
            MachineError: it does not start.
        """
        if status.state == SUSPENDED:
            seat.resume()
        if status.state in (RUNNING, SUSPENDED):
            if status.stage != Stage.UP:  # whoever started it was killed, and it may boot still
                seat.await_boot()
            if seat.sees_itself():
                return True
            if not LXCFS.answers():
                raise HostError("LXCFS does not run, so a seat sees neither its memory nor its processors.", SETUP)
            self.progress.say(f"{seat.name} is started anew, as LXCFS was: what ran in it ends, files stay.")
            with suppress(MachineError):  # without it, its VMs are switched off
                seat.lab("down", "--all", "--keep", timeout=SAVE)
            self.engine.ask("stop", seat.name, f"--timeout={STOP}")
            self.engine.ask("stop", "--force", seat.name)  # if it did not stop by itself
        if status.stage != Stage.NEW:
            self._mark(seat, Stage.STARTED)
        self._start(seat)
        return False

    # -- suspend

    def suspend(self, wanted: Sequence[SeatStatus]) -> None:
        """Have seats stand still, with all that runs in them. They take no processor, and keep their memory.

        Raises:
            MachineError: the engine refused.
        """
        with self.progress.phase("Suspending the seats"):
            for status in wanted:
                if status.state == RUNNING:
                    Seat(self.engine, status.seat).suspend("hand")
                elif status.state == SUSPENDED:
                    Seat(self.engine, status.seat).note("hand")

    def resume(self, wanted: Sequence[SeatStatus]) -> None:
        """Have suspended seats go on where they were.

        Raises:
            MachineError: one of the seats is not suspended and does not run, or the engine refused; others go on.
        """
        with self.progress.phase("Resuming the seats"):
            for status in wanted:
                if status.state == SUSPENDED:
                    Seat(self.engine, status.seat).resume()
        require_going(*wanted)

    @contextmanager
    def _awake(self, status: SeatStatus) -> Iterator[None]:
        """Have a seat run as long as the block goes on, also one that is suspended."""
        if status.state != SUSPENDED:
            yield
            return
        Seat(self.engine, status.seat).resume()
        try:
            yield
        finally:
            self.engine.ask("pause", status.seat)

    # -- reset

    def reset(self, wanted: Sequence[SeatStatus], *, prove: bool) -> dict[str, list[Difference]]:
        """Make seats new: whatever was done in them is gone. Return in what their machines are not new, by seat.

        Without ``prove`` it is not asked, and nothing is returned.

        Raises:
            LabError: a seat cannot be made new; the others are.
        """
        told: dict[str, list[Difference]] = {}
        Notices(class_folder(self.settings)).forget(each.seat for each in wanted)

        def one(number: int, phase: Phase) -> None:
            status = next(each for each in wanted if each.number == number)
            seat = Seat(self.engine, status.seat)
            self.engine.ask("stop", "--force", seat.name)
            self.engine.call("restore", seat.name, NEW)
            self._start(seat)
            for scenario in status.scenarios[:1]:
                phase.note(f"{seat.name}: {scenario}")
                self._bring_up(seat, scenario)
                if prove:
                    told[seat.name] = _differences(seat, scenario)

        self._each("Resetting seat", [each.number for each in wanted], one)
        return told

    # -- check

    def check(self, wanted: Sequence[SeatStatus]) -> list[Grade]:
        """Check seats from outside. Return the grades, which are kept on this host.

        A seat that cannot be checked has met nothing now, and its grade tells why.

        Raises:
            MachineError: the programs that check seats are gone; what could be checked is kept.
        """
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        folder = check_folder(self.settings)
        found: dict[int, list[Checked]] = {}

        def one(number: int, phase: Phase) -> None:
            status = next(each for each in wanted if each.number == number)
            seat = Seat(self.engine, status.seat)
            kept = folder / self._key_of(seat)
            require_kept(seat, kept)
            try:
                require_going(status)
                with self._awake(status), shown(seat, kept):
                    phase.note(seat.name)
                    found[number] = [check(seat, scenario) for scenario in status.scenarios]
            except MachineError as error:
                found[number] = [Checked(scenario=scenario, failed=error.what) for scenario in status.scenarios]

        try:
            self._each("Checking seat", [each.number for each in wanted], one)
        finally:
            book = Book(class_folder(self.settings))
            seats = [each for each in wanted if each.number in found]
            grades = [book.enter(each.learner, each.seat, found[each.number], now) for each in seats]
        return [grade for of_seat in grades for grade in of_seat]

    def _key_of(self, seat: Seat) -> str:
        """Return the key of the golden seat that a seat was copied from."""
        config = self.engine.query(f"/1.0/instances/{seat.name}?project={self.engine.project}")["config"]
        return str(config.get(names.GOLDEN_KEY, ""))

    # -- down

    def down(self, *, everything: bool) -> None:
        """Remove every seat and the class's network; ``everything``: also the golden seat and what it is made from.

        Grades stay.

        Raises:
            HostError: what bears the class's names is somebody else's.
        """
        walls.require_own(self.engine, self.settings.owner)
        gone = [each["name"] for each in self.engine.instances()]
        golden = names.of_golden_seat(self.settings.name)
        with self.progress.phase("Removing the class"):
            with _side_by_side() as pool:
                left = [name for name in gone if everything or name != golden]
                list(pool.map(lambda name: self.engine.call("delete", "--force", name), left))
            walls.remove(self.engine, self.settings.owner)
            Notices(class_folder(self.settings)).clear()
            proxy.stop(self.settings)
            clear_halves(self.settings)
            if everything:
                self._remove_rest()

    def _remove_rest(self) -> None:
        project = self.engine.project
        if self.engine.has(f"/1.0/projects/{project}"):
            for image in self.engine.query(f"/1.0/images?recursion=1&project={project}"):
                self.engine.query(f"/1.0/images/{image['fingerprint']}?project={project}", "DELETE")
            self.engine.query(f"/1.0/projects/{project}", "DELETE")
        if self.engine.has(f"/1.0/storage-pools/{project}"):
            self.engine.query(f"/1.0/storage-pools/{project}", "DELETE")
        shutil.rmtree(check_folder(self.settings), ignore_errors=True)

    # -- side by side

    def _each(self, doing: str, numbers: Sequence[int], work: Callable[[int, Phase], None]) -> None:
        """Work on several seats side by side, each to its end. Raise the first error once all have ended."""
        errors: dict[int, LabError] = {}

        def one(number: int) -> None:
            with self.progress.phase(f"{doing} {number:02}") as phase:
                work(number, phase)

        def tried(number: int) -> None:
            try:
                one(number)
            except LabError as error:
                errors[number] = error

        with _side_by_side() as pool:
            list(pool.map(tried, numbers))
        if errors:
            _, first = min(errors.items())
            others = ", ".join(f"{number:02}" for number in sorted(errors)[1:])
            what = f"{first.what} (Seats with an error, too: {others}.)" if others else first.what
            raise MachineError(what, first.cure) from first


def _side_by_side() -> ThreadPoolExecutor:
    """Return what works on several seats at once."""
    return ThreadPoolExecutor(max(SIDE_BY_SIDE, os.cpu_count() or 1))


def require_going(*wanted: SeatStatus, or_suspended: bool = True) -> None:
    """Refuse to go on with a seat in which nothing runs.

    Raises:
        MachineError: a seat is stopped; or suspended, where that matters.
    """
    for seat in wanted:
        if seat.state == SUSPENDED and not or_suspended:
            raise MachineError(f"{seat.seat} is suspended.", f"Run: python3 lab.py class resume {seat.number}")
        if seat.state not in (RUNNING, SUSPENDED):
            raise MachineError(f"{seat.seat} does not run: it is {seat.state}.", f"Start it: {UP}")


def suspended_of(instance: Mapping[str, Any]) -> Suspended:
    """Return why an instance of the engine's is suspended."""
    if instance["status"].lower() != SUSPENDED:
        return ""
    why: Suspended = instance["config"].get(names.SUSPENDED, "hand")
    return why


def _status(instance: dict[str, Any], number: int, key: str) -> SeatStatus:
    config, state = instance["config"], instance.get("state") or {}
    return SeatStatus(
        seat=instance["name"],
        number=number,
        learner=config.get(names.LEARNER, ""),
        state=instance["status"].lower(),
        suspended=suspended_of(instance),
        scenarios=tuple(filter(None, config.get(names.SCENARIOS, "").split(","))),
        stage=Stage(config.get(names.STAGE, Stage.NEW)),
        whole=any(each["name"] == NEW for each in instance.get("snapshots") or ()),
        current=bool(key) and config.get(names.GOLDEN_KEY) == key,
        memory=(state.get("memory") or {}).get("usage", 0),
        disk=(state.get("disk") or {}).get("root", {}).get("usage", 0),
        processes=max(0, state.get("processes", 0)),
    )


def _differences(seat: Seat, scenario: str) -> list[Difference]:
    """Ask a seat in what its machines differ from new ones, which its program knows.

    Raises:
        MachineError: it does not tell.
    """
    done = seat.exec(["python3", f"{PROGRAM}/lab.py", "reset", scenario, "--prove", "--json"], timeout=600)
    try:
        return PROOF.decode(done.stdout).differences
    except msgspec.DecodeError as error:
        raise MachineError(
            f"{seat.name} does not tell whether it is new: {done.stderr.strip()[-200:]}", anew(seat.name)
        ) from error


class _Proof(msgspec.Struct):
    """What `lab.py reset --prove --json` prints."""

    differences: list[Difference]


PROOF = msgspec.json.Decoder(_Proof)
"""Made by one thread: see :mod:`provisioning.seats.word`."""


def _require_made_for(scenarios: Sequence[str], places: list[Place], seats: Sequence[SeatStatus]) -> None:
    """Refuse to go on unless each seat that stands for one of the places has all of the scenarios in it.

    Raises:
        UsageError: one of them lacks one.
    """
    wanted = seated(places, {seat.number: seat.learner for seat in seats})
    for seat in seats:
        if seat.number not in wanted or not seat.whole:
            continue
        if lacking := [name for name in scenarios if name not in seat.scenarios]:
            raise UsageError(
                f"{seat.seat} was made for {', '.join(seat.scenarios)}, without {', '.join(lacking)}.",
                "Go on with what is in the seats, or make the class anew, which throws away all that is in them, and "
                "keeps only grades: python3 lab.py class down",
            )


def _limit(engine: Engine, seat: SeatStatus) -> int:
    config = engine.query(f"/1.0/instances/{seat.seat}?project={engine.project}")["config"]
    return int(config.get("limits.memory", "0MiB").removesuffix("MiB")) * MIB
