"""What all windows of the page share: terminals, the work that is under way, and what is known of the machines."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

import msgspec

from provisioning import environment
from provisioning.deployment import Deployment
from provisioning.errors import LabError, UsageError
from provisioning.lesson.results import Outcome, Results, results_of
from provisioning.lesson.texts import Catalogue
from provisioning.lock import writer
from provisioning.machines import Machine
from provisioning.machines.command import bound
from provisioning.machines.container.terminal import hang_up, shell_of
from provisioning.machines.host import Host
from provisioning.machines.vm import libvirt
from provisioning.machines.vm.ssh import SSH_FAILED, VirtualMachine
from provisioning.page.presence import Presence
from provisioning.page.terminal import Terminal
from provisioning.page.view import View
from provisioning.page.work import Work, ask
from provisioning.progress import Quiet
from provisioning.scenario.load import folder_of, load_scenario
from provisioning.scenario.model import HOST, Scenario
from provisioning.settings import REPOSITORY, Settings

LOOK = 1.0
"""Seconds between two looks at what other processes may have changed: results, and who holds the lab."""
MOST = 40
"""Terminals that a scenario may have open."""
RESTART = 600.0
"""Seconds that a guest may take to restart before the page no longer waits for it."""
LOGIN = 20.0
"""Seconds that one attempt to log in may take. In an emulated guest a login takes three."""
TERM = "xterm-256color"
UTF8 = "C.UTF-8"


class Listener(Protocol):
    """A window that is told of every change."""

    scenario: str

    @property
    def program(self) -> Catalogue:
        """What the program says, in the words of the window."""

    def tell(self, message: Mapping[str, Any]) -> None:
        """Take a change."""


class Hub:
    """The state behind the windows. Everything in it happens in the thread of the event loop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.listeners: set[Listener] = set()
        self.terminals: defaultdict[str, list[Terminal]] = defaultdict(list)
        """By scenario, in the order of their tabs."""
        self.work = Work(environment.ORIGINAL, self._worked)
        self.machines: dict[str, str] | None = None
        """By ``<scenario>/<machine>``, the state at the engine; None while it is not known."""
        self.restarting: set[str] = set()
        """Of these machines, the guests that boot anew: the engine calls them running all the time."""
        self.trouble: dict[str, str] = {}
        """Why it is not known: ``what`` and ``cure``."""
        self.holder = ""
        """The process that holds the lab, when it is not the page's own."""
        self._views: dict[tuple[str, str], tuple[object, View]] = {}
        self._told: dict[str, str] = {}
        """By scenario, the version of its results that the windows were told of last."""
        self._looking: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._events: asyncio.subprocess.Process | None = None
        self._closing = False
        self.presence = Presence.of(settings)
        """What this seat and its class tell each other; None where the lab is nobody's seat."""
        self._tasks: set[asyncio.Task[Any]] = set()

    # -- scenarios

    def view(self, name: str, language: str) -> View:
        """Return a scenario in one language. It is read anew if its files have changed.

        Raises:
            UsageError: there is none, or it has a mistake.
        """
        folder = folder_of(self.settings.scenarios, name)
        files = (folder / each for each in ("scenario.yml", f"lesson.{language}.md", "lesson.en.md", f"{language}.yml"))
        stamp = tuple(file.stat().st_mtime_ns for file in files if file.exists())
        known = self._views.get((name, language))
        if known is None or known[0] != stamp:
            known = self._views[name, language] = (stamp, View(load_scenario(folder), language))
        return known[1]

    def results(self, name: str) -> Results:
        """Return the results that are kept of a scenario."""
        return results_of(self.settings, name)

    def outcome(self, scenario: Scenario) -> Outcome:
        """Return what is known of a scenario by now."""
        return self.results(scenario.name).load() or Outcome(scenario=scenario.name, title=scenario.title)

    # -- windows

    def enter(self, listener: Listener) -> None:
        """Tell a window all that is known, and from then on every change."""
        self.listeners.add(listener)
        self.look_at_results(listener.scenario)
        if self.presence:
            self.presence.enter(listener.scenario)
        listener.tell(self._state(listener))
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())

    def leave(self, listener: Listener) -> None:
        """Forget a window."""
        self.listeners.discard(listener)

    def _state(self, listener: Listener) -> dict[str, Any]:
        scenario, t = listener.scenario, listener.program
        prefix = f"{scenario}/"
        machines = None
        if self.machines is not None:
            machines = {
                name.removeprefix(prefix): "restarting" if state == "running" and name in self.restarting else state
                for name, state in self.machines.items()
                if name.startswith(prefix)
            }
        return {
            "results": self.version(scenario),
            "work": msgspec.to_builtins(self.work.snapshot(t)),
            "holder": t(self.holder),
            "machines": machines,
            "trouble": {name: t(text) for name, text in self.trouble.items()},
            "terminals": [
                {"id": each.id, "machine": each.machine.name, "runs": each.runs, "joined": each.joined}
                for each in self.terminals[scenario]
            ],
            "seat": self.presence.state() if self.presence else None,
        }

    def tell_all(self) -> None:
        """Tell every window how things stand."""
        for listener in self.listeners:
            listener.tell(self._state(listener))

    async def _look(self) -> None:
        while self.listeners:
            await asyncio.sleep(LOOK)
            for name in {listener.scenario for listener in self.listeners}:
                self.look_at_results(name)
            holder = writer(self.settings)
            if self.work.runs and f"process {self.work.process} " in holder:
                holder = ""
            if holder != self.holder:
                self.holder = holder
                self.tell_all()
                if not holder:
                    self.ask_machines()
        self._looking = None

    def look_at_results(self, name: str) -> None:
        """Tell the windows when a scenario's results have changed, no matter who changed them."""
        version = self.version(name)
        if version != self._told.get(name):
            self._told[name] = version
            for listener in self.listeners:
                if listener.scenario == name:
                    listener.tell({"results": version})

    def version(self, name: str) -> str:
        """Return what is another whenever a scenario's results have changed; nothing where there are none."""
        try:
            found = (self.results(name).folder / "outcome.json").stat()
        except OSError:
            return ""
        return f"{found.st_mtime_ns}-{found.st_ino}"

    # -- the class

    async def attend(self) -> None:
        """Tell the class how this seat stands, and the windows what the class says, for as long as the server runs."""
        while self.presence:
            with suppress(OSError):  # the learner may have removed the folder, or filled the disk
                terminals = [each for found in self.terminals.values() for each in found]
                if self.presence.look(windows=bool(self.listeners), terminals=terminals):
                    self.tell_all()
            await asyncio.sleep(LOOK)

    def acted(self) -> None:
        """Note that the learner does something."""
        if self.presence:
            self.presence.acted()

    # -- machines and work

    def ask_machines(self) -> None:
        """Ask the engines what is up, beside everything else."""
        if self._asking is None and not self._closing:
            self._asking = asyncio.create_task(self._ask_machines())

    async def _ask_machines(self) -> None:
        try:
            answer = msgspec.json.decode(await ask(environment.ORIGINAL, ["status", "--json"]))
        except (OSError, msgspec.DecodeError):
            answer = {"error": {"what": "The lab does not tell what is up.", "cure": "Run: python3 lab.py doctor"}}
        self._asking = None
        if isinstance(answer, dict):
            self.machines, self.trouble = None, {name: str(answer["error"][name]) for name in ("what", "cure")}
        else:
            self.machines, self.trouble = {f"{s['scenario']}/{s['machine']}": s["state"] for s in answer}, {}
        self.tell_all()

    def start(self, scenario: str, argv: Sequence[str], target: str) -> str:
        """Start a verb. Return why it was not started, or nothing."""
        if self.work.runs and self.work.told:
            return f"`{self.work.told.verb}` is under way."
        self._keep(asyncio.create_task(self._run(scenario, argv, target)))
        return ""

    async def _run(self, scenario: str, argv: Sequence[str], target: str) -> int:
        status = await self.work.run(argv, target)
        self.look_at_results(scenario)
        if argv[0] in ("up", "reset", "setup"):
            self.ask_machines()
            if status == 0:
                for terminal in self.terminals[scenario]:
                    with suppress(Exception):  # the terminal itself shows what is wrong
                        terminal.start()
                self.tell_all()
        return status

    def _worked(self) -> None:
        self.tell_all()

    # -- terminals

    async def open_terminal(self, scenario: Scenario, machine: str, *, further: bool) -> Terminal:
        """Open a terminal in a machine. Unless it is to be a ``further`` one, one that is open is returned.

        Raises:
            UsageError: there is no such machine, or there are too many terminals.
        """
        if machine != HOST and machine not in scenario.machines:
            raise UsageError(f"{scenario.name} has no machine {machine!r}.", "Reload the page.")
        if len(self.terminals[scenario.name]) >= MOST:
            raise UsageError(f"{MOST} terminals are open.", "Close one that you do not need.")
        door = await asyncio.to_thread(_machine, self.settings, scenario, machine)
        for terminal in self.terminals[scenario.name]:
            if terminal.machine.name == machine and not further:  # another window has opened it meanwhile
                return terminal
        terminal = Terminal(door, _argv, _environment(door), str(REPOSITORY), self._terminal_ended)
        self.terminals[scenario.name].append(terminal)
        if isinstance(door, VirtualMachine) and (self._listening is None or self._listening.done()):
            self._listening = asyncio.create_task(self._listen())
        self.tell_all()
        return terminal

    def terminal(self, number: str) -> Terminal | None:
        """Return the terminal with that id."""
        return next((each for found in self.terminals.values() for each in found if each.id == number), None)

    def close_terminal(self, terminal: Terminal) -> None:
        """Close a terminal for good."""
        for found in self.terminals.values():
            if terminal in found:
                found.remove(terminal)
        terminal.close()
        self._keep(asyncio.create_task(asyncio.to_thread(_clear, terminal)))
        self.tell_all()

    def _terminal_ended(self, terminal: Terminal) -> None:
        self.tell_all()
        if terminal.machine.kind != HOST and terminal.status:
            self.ask_machines()

    async def _listen(self) -> None:
        """End the connection to a guest that has ended or begins anew: nobody tells ssh, which would wait for ever."""
        self._events = process = await asyncio.create_subprocess_exec(
            *bound(libvirt.EVENTS),
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if self._closing:
            process.terminate()
        assert process.stdout is not None  # noqa: S101 (asked for above)
        async for line in process.stdout:
            domain, again = libvirt.gone(line.decode(errors="replace").rstrip("\n"))
            machines = {(name, each.machine) for name, found in self.terminals.items() for each in found}
            for scenario, machine in machines:
                if isinstance(machine, VirtualMachine) and machine.domain == domain:
                    if again:
                        self._keep(asyncio.create_task(self._await_guest(scenario, machine)))
                    else:
                        self.restarting.discard(f"{scenario}/{machine.name}")
                    await asyncio.to_thread(machine.hang_up)
        await process.wait()

    async def _await_guest(self, scenario: str, machine: VirtualMachine) -> None:
        """Tell that a guest restarts until one can log in to it, and then bring back the terminals that it cut."""
        name = f"{scenario}/{machine.name}"
        if name in self.restarting:
            return
        self.restarting.add(name)
        self.tell_all()
        deadline = time.monotonic() + RESTART
        while name in self.restarting and not self._closing and time.monotonic() < deadline:
            await asyncio.sleep(LOOK)  # nothing tells the host that a guest lets users in
            with suppress(LabError, OSError):
                await asyncio.to_thread(machine.exec, ["true"], timeout=LOGIN)
                break
        self.restarting.discard(name)
        for terminal in self.terminals[scenario]:
            if terminal.machine == machine and terminal.status == SSH_FAILED and not self._closing:
                with suppress(Exception):  # the terminal itself shows what is wrong
                    terminal.start()
        self.ask_machines()
        self.tell_all()

    async def close(self) -> None:
        """End the terminals, and the work as by Ctrl-C."""
        self._closing = True
        for terminal in [each for found in self.terminals.values() for each in found]:
            self.close_terminal(terminal)
        self.work.interrupt()
        if self._events and self._events.returncode is None:
            self._events.terminate()
        # A process that asyncio has just begun to start cannot be cancelled: its end is awaited as well.
        awaited = {*self._tasks, *filter(None, [self._asking, self._listening])}
        if awaited:
            await asyncio.wait(awaited)

    def _keep(self, task: asyncio.Task[Any]) -> None:
        """Hold a task until its end: the event loop itself would forget it."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _machine(settings: Settings, scenario: Scenario, name: str) -> Machine:
    if name == HOST:
        return Host()
    return Deployment(settings, scenario, Quiet()).machine(name)


def _argv(terminal: Terminal) -> list[str]:
    """Return the command of a terminal: a login shell, which reads and writes UTF-8."""
    command = terminal.machine.shell_argv()
    match terminal.machine.kind:
        case "host":
            return [*command, "-l"]
        case "vm":
            return [*command, f'exec env LANG={UTF8} COLORTERM=truecolor "$SHELL" -l']
        case "container":
            return shell_of(terminal.machine, terminal.id, {"TERM": TERM, "COLORTERM": "truecolor", "LANG": UTF8})


def _environment(machine: Machine) -> dict[str, str]:
    """Return the environment of a terminal's program: on the host all that the user exported, as in any terminal."""
    base = environment.ORIGINAL if machine.kind == HOST else os.environ
    locale = {} if environment.speaks_utf8(environment.ORIGINAL) else {"LC_ALL": environment.LOCALE}
    return {**base, **locale, "TERM": TERM, "COLORTERM": "truecolor"}


def _clear(terminal: Terminal) -> None:
    """Have a container's shell end with its terminal: the engine lets what `docker exec` started run on."""
    if terminal.machine.kind == "container":
        hang_up(terminal.machine, terminal.id)
