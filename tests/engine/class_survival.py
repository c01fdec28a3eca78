"""The harness of survival for a class: its program killed at seeded moments, `class up` again, and a look at all of it.

    .venv/bin/python -m tests.engine.class_survival --kills 100 --seats 2 --seed 1

works on a lab of its own name, and leaves the host's engines alone: others may have classes there. With ``--golden`` it
also kills `class up` while it makes the golden seat, and `class down --all`, which takes minutes each. The exit status
is 1 when one outcome is not right. `test_class_survival.py` makes a short sample of it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from provisioning import names
from provisioning.errors import LabError
from provisioning.seats.admission import IDS
from provisioning.seats.classroom import NEW
from provisioning.seats.engine import Engine, connect
from provisioning.seats.grades import class_folder
from provisioning.seats.serving import Serving
from provisioning.settings import Settings, load_settings
from tests.engine.conftest import porter_of, sh
from tests.engine.survival import ended, row_of, started, struck
from tests.engine.test_readme import VM, write_scenario

SCENARIO = "scenario-99"
"""The one of labs/README.md without its VM, which shows nothing here and takes a minute to boot."""
TASK = "leave-a-note"
ALLOWED = "192.0.2.1:80"
"""What seats may reach: nothing is there, but the proxy runs for it."""
BEFORE = {"up": "down", "reset": "up", "check": "up", "serve": "up", "down": "up", "first up": "nothing", "all": "up"}
"""The verbs that are struck, each with the state in which it begins."""
SHARES = {"up": 40, "reset": 30, "check": 10, "serve": 10, "down": 10}
"""How often each is struck, in hundredths."""
BREAKS = ("seat deleted", "seat stopped", "keeper killed", "porter killed", "proxy killed", "filter flushed")


@dataclass(frozen=True)
class Fault:
    """What goes wrong."""

    what: str
    """``kill``, or one of ``BREAKS``."""
    during: str = ""
    """Of a kill: the verb that is struck."""
    share: float = 0.0
    """Of a kill: the moment, as a share of the time that the verb usually takes."""
    at: str = ""
    """Of a kill at no such moment: what the engine does then, in its own words."""
    down: bool = False
    """Whether `class down` comes before `class up` again."""


@dataclass(frozen=True)
class Outcome:
    """What came of a fault."""

    fault: Fault
    moment: float
    """Seconds after the beginning of the verb."""
    ended: str
    cured: float
    """Seconds that `class up` took."""
    wrong: tuple[str, ...]


def plan(seed: int, kills: int, breaks: int, golden: int) -> list[Fault]:
    """The faults of a run, always the same for one seed: kills at moments spread evenly over each verb, and breaks.

    >>> len(plan(1, 10, 1, 0))
    16
    """
    chance = random.Random(seed)  # noqa: S311 (moments, not secrets)
    counts = struck(kills, SHARES)
    faults = [
        Fault("kill", verb, (part + chance.random()) / count, down=part % 3 == 2)
        for verb, count in {**counts, "first up": golden, "all": golden}.items()
        for part in range(count)
    ]
    faults += [Fault(what) for what in BREAKS for _ in range(breaks)]
    chance.shuffle(faults)
    return faults


class World:
    """A class to which faults happen."""

    def __init__(self, name: str, folder: Path, seats: int) -> None:
        self.name, self.folder, self.seats = name, folder, seats
        self.durations: dict[str, float] = {}
        self.first_met: dict[str, str] = {}
        write_scenario(folder, without=VM)
        with socket.create_server(("", 0)) as one, socket.create_server(("", 0)) as other:
            self._ports = [str(each.getsockname()[1]) for each in (one, other)]

    @cached_property
    def environment(self) -> dict[str, str]:
        return {"LAB_NAME": self.name, "LAB_SCENARIOS": str(self.folder)}

    @cached_property
    def settings(self) -> Settings:
        return load_settings(self.environment)

    @cached_property
    def engine(self) -> Engine:
        return connect(self.settings)

    @property
    def numbers(self) -> range:
        return range(1, self.seats + 1)

    def argv(self, verb: str) -> tuple[str, ...]:
        """The words of a verb, such as it is struck."""
        if verb == "serve":
            self._ports.reverse()  # so that the gate starts anew
            return ("serve", "--address", "127.0.0.1", "--port", self._ports[0])
        up = ("up", SCENARIO, "--seats", str(self.seats), "--allow", ALLOWED, "--yes")
        return {"up": up, "first up": up, "all": ("down", "--all")}.get(verb, (verb,))

    def start(self, *argv: str) -> subprocess.Popen[str]:
        return started(("class", *argv), self.environment, own_session=True)

    def lab(self, *argv: str, wants: int = 0) -> str:
        """Run `lab.py class` to its end; what it says on both streams.

        Raises:
            RuntimeError: it did not end with the status that is wanted.
        """
        return "".join(ended(self.start(*argv), f"class {' '.join(argv)}", wants=wants, timeout=1800))

    def asked(self, *argv: str) -> Any:
        process = self.start(*argv, "--json")
        return json.loads(process.communicate(timeout=1800)[0] or "null")

    def timed(self, verb: str) -> None:
        began = time.monotonic()
        self.lab(*self.argv(verb))
        self.durations[verb] = time.monotonic() - began

    def measure(self) -> None:
        """Take the usual time of every verb. Then the class is up and served, and each learner has met a task."""
        self.timed("first up")
        self.meet()
        for verb in ("serve", "reset", "down", "up", "serve"):
            self.timed(verb)
        self.durations["all"] = 2 * self.durations["down"]

    def meet(self) -> None:
        """Have each learner meet a task, and check it."""
        for number in self.numbers:
            self.in_seat(number, f"cd /root/lab && python3 lab.py solve {SCENARIO} {TASK}")
        self.timed("check")
        self.first_met = self.met()

    def in_seat(self, number: int, script: str) -> str:
        return self.engine.call("exec", names.of_seat(self.name, number), "--", "sh", "-c", script)

    def met(self) -> dict[str, str]:
        """When each seat's task was first seen met, as the grades tell."""
        return {grade["seat"]: grade["tasks"][TASK]["first_met"] for grade in self.asked("grades")}

    def enter(self, state: str) -> None:
        """Bring the class into the state in which a verb begins."""
        if state == "nothing":
            self.lab("down", "--all")
        elif state == "down":
            self.lab("down")
        else:
            self.lab(*self.argv("up"))
            if not Serving(self.settings).process():
                self.lab(*self.argv("serve"))

    def strike(self, fault: Fault) -> Outcome:
        """Let a fault happen, type `class up` again, and look."""
        moment, ended, wrong, began = 0.0, "", list[str](), time.monotonic()
        try:
            if fault.what == "kill":
                self.enter(BEFORE[fault.during])
                moment = fault.share * self.durations.get(fault.during, 0.0)
                ended = self.kill(self.argv(fault.during), moment, fault.at)
            else:
                self.enter("up")
                self.break_(fault.what)
            wrong += self.lost()
            if fault.down:
                self.lab("down")
                wrong += self.not_down()
            began = time.monotonic()
            said = self.lab(*self.argv("up"))
            took = time.monotonic() - began
            if fault.what == "seat deleted" and f"{names.of_seat(self.name, self.seats)} is new" not in said:
                wrong.append("`class up` does not say which seat is new")
            wrong += self.not_up()
        except (RuntimeError, LabError) as error:
            took = time.monotonic() - began
            wrong.append(str(error))
        return Outcome(fault, moment, ended, took, tuple(wrong))

    def kill(self, argv: tuple[str, ...], moment: float = 0.0, at: str = "") -> str:
        """Start a verb and kill it after ``moment`` seconds, or when ``at`` goes on; how it ended."""
        process = self.start(*argv)
        if at:
            while process.poll() is None and not self.goes_on(at):
                time.sleep(0.01)  # the engine tells its works as events, but the client prints them late
        else:
            with suppress(subprocess.TimeoutExpired):
                process.wait(moment)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()  # what it started may hold its output open
        for stream in (process.stdout, process.stderr):
            assert stream
            stream.close()
        return "killed" if process.returncode < 0 else "had ended"

    def goes_on(self, what: str) -> bool:
        """Whether the engine does such a work for the class now."""
        found = self.engine.query(f"/1.0/operations?recursion=1&project={self.engine.project}")
        return any(each["description"] == what for each in (found or {}).get("running") or ())

    def break_(self, what: str) -> None:
        """Have one of ``BREAKS`` happen."""
        self._breaks[what]()

    @cached_property
    def _breaks(self) -> dict[str, Callable[[], object]]:
        def of_gate(*, porter: bool) -> None:
            number = porter_of(self.settings) if porter else Serving(self.settings).process()
            os.kill(number, signal.SIGKILL)

        def proxy() -> None:
            for number in self.proxies():
                os.kill(number, signal.SIGKILL)

        last = names.of_seat(self.name, self.seats)
        return {
            "seat deleted": lambda: self.engine.call("delete", "--force", last),
            "seat stopped": lambda: self.engine.call("stop", "--force", last),
            "keeper killed": lambda: of_gate(porter=False),
            "porter killed": lambda: of_gate(porter=True),
            "proxy killed": proxy,
            "filter flushed": lambda: sh("nft", "delete", "table", "inet", self.engine.project),
        }

    # -- a look at it

    def lost(self) -> list[str]:
        """Which verdicts are lost."""
        found = self.met()
        return [
            f"{seat} first met its task {found.get(seat)!r}"
            for seat, when in self.first_met.items()
            if found.get(seat) != when
        ]

    def not_up(self) -> list[str]:
        """What keeps the class from standing as it should, and what stands twice."""
        wrong = [] if self.allowed_only() else ["the walls are not as they should be"]
        seats = [names.of_seat(self.name, number) for number in self.numbers]
        found = [(each["seat"], each["state"], each["whole"]) for each in self.asked("status")]
        if found != [(seat, "running", True) for seat in seats]:
            wrong.append(f"status tells {found}")
        for grade in self.asked("check"):
            if grade["failed"] or not grade["holding"] == grade["checks"] > 0:
                wrong.append(f"{grade['seat']} is not green: {grade['failed'] or grade['holding']}")
        wrong += self.lost()
        there = self.engine.instances(depth=2)
        if sorted(each["name"] for each in there) != sorted([*seats, names.of_golden_seat(self.name)]):
            wrong.append(f"instances: {[each['name'] for each in there]}")
        for each in there:
            if each["name"] in seats and [one["name"] for one in each["snapshots"] or ()] != [NEW]:
                wrong.append(f"{each['name']} has not just the snapshot of a new seat")
            if "check" in each["devices"]:
                wrong.append(f"{each['name']} still has the device of a check")
        everywhere = self.engine.query("/1.0/instances?recursion=1&all-projects=true")
        starts = sorted(int(each["config"].get("volatile.idmap.base", 0)) for each in everywhere)
        wrong += [f"ids twice: {start}" for start, after in pairwise(starts) if after - start < IDS]
        if len(self.proxies()) != 1:
            wrong.append(f"{len(self.proxies())} proxies run")
        return wrong + self.not_served()

    def not_served(self) -> list[str]:
        """What is wrong with the gate: it runs once, in two parts, if somebody asked for it and it was not ended."""
        wish, gates = Serving(self.settings).wish(), self.processes(r"class\0serve\0--foreground")
        if len(gates) != (2 if wish else 0):
            return [f"{len(gates)} processes are the gate, wanted: {bool(wish)}"]
        if wish:
            with suppress(OSError), socket.create_connection(("127.0.0.1", wish.port), 5):
                return []
            return ["the gate does not listen"]
        return []

    def allowed_only(self) -> bool:
        found = subprocess.run(["nft", "list", "table", "inet", self.engine.project], capture_output=True, text=True)
        return found.stdout.count("drop") == 2 and found.stdout.count("chain") == 1

    def proxies(self) -> list[int]:
        return self.processes(rf"tinyproxy\0-d\0-c\0{re.escape(str(self.settings.run))}/", marked=False)

    def processes(self, pattern: str = "", *, marked: bool = True) -> list[int]:
        """The processes of this host whose command matches; ``marked``: of this lab's program alone."""
        found = []
        here = Path("/proc/self/ns/pid").readlink()
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                line = (process / "cmdline").read_text(errors="replace")
                environment = (process / "environ").read_bytes().split(b"\0")
                ours = not marked or f"LAB_SCENARIOS={self.folder}".encode() in environment
                if line and ours and re.search(pattern, line) and (process / "ns" / "pid").readlink() == here:
                    found.append(int(process.name))
        return found

    def not_down(self, *, everything: bool = False) -> list[str]:
        """What is left of the class after `class down`."""
        engine, golden = self.engine, names.of_golden_seat(self.name)
        kinds = ("networks", "network-acls", *(("projects", "storage-pools") if everything else ()))
        left = [path for kind in kinds for path in engine.query(f"/1.0/{kind}") if f"/{self.name}-" in path]
        left += [each["name"] for each in engine.instances() if everything or each["name"] != golden]
        left += [line for line in sh("nft", "list", "tables").splitlines() if line.endswith(f" {engine.project}")]
        left += [f"process {number}" for number in (*self.processes(), *self.proxies())]
        part = f"{self.name}-" if everything else f"{self.name}-seat"
        left += [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines() if part in line]
        left += [link for link in re.findall(r"^\d+: (\S+?)[@:]", sh("ip", "-o", "link"), re.MULTILINE) if part in link]
        folder = class_folder(self.settings)
        stays = {"grades.json"} | (set() if everything else {"links.json", "tls", "check"})
        left += [each.name for each in folder.glob("*") if each.name not in stays and each.suffix != ".lock"]
        left += [str(each) for each in self.settings.run.glob("*-*")]
        return [f"left: {each}" for each in left]

    def end(self) -> list[str]:
        """Take the class down, with all it was made from; what is left of it."""
        self.lab("down", "--all")
        return self.not_down(everything=True)


def row(number: int, outcome: Outcome) -> str:
    """One outcome as a row of the table."""
    fault = outcome.fault
    cure = "down, up" if fault.down else "up"
    cells = (fault.what, fault.during, f"{outcome.moment:.2f}", outcome.ended, cure, f"{outcome.cured:.1f}")
    return row_of(number, *cells, wrong=outcome.wrong)


HEAD = "| | fault | during | s | the program | cure | s | outcome |\n|---|---|---|---|---|---|---|---|"


def main() -> None:
    """Make a whole run and print its table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--breaks", type=int, default=2, help="how often each of the other faults strikes")
    parser.add_argument(
        "--golden", type=int, default=0, help="kills of the first `class up`, and of `class down --all`"
    )
    parser.add_argument("--seats", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=120.0, help="no fault strikes after so many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--name", default="survival", help="of the lab")
    options = parser.parse_args()
    faults = plan(options.seed, options.kills, options.breaks, options.golden)
    count, wrong, began = 0, 0, time.monotonic()
    with TemporaryDirectory(prefix="survival-") as folder:
        world = World(options.name, Path(folder), options.seats)
        try:
            print(HEAD, flush=True)
            world.measure()
            for count, outcome in enumerate(map(world.strike, faults), 1):
                print(row(count, outcome), flush=True)
                wrong += bool(outcome.wrong)
                if time.monotonic() - began > 60 * options.minutes:
                    break
        finally:
            left = world.end()
            print("\n".join(left))
    usual = ", ".join(f"{verb} {seconds:.1f}" for verb, seconds in world.durations.items())
    took = time.monotonic() - began
    print(f"\nseed {options.seed}: {count} faults, {wrong} not right, in {took:.0f} s; usual times in s: {usual}")
    sys.exit(1 if wrong or left else 0)


if __name__ == "__main__":
    main()
