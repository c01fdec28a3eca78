"""Apply the playbooks to running machines. No other file knows ansible-runner."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from provisioning.errors import ProvisionError
from provisioning.progress import Progress
from provisioning.settings import REPOSITORY, Settings

PLAYBOOKS = REPOSITORY / "playbooks"
ROLES = PLAYBOOKS / "roles"
Group = Literal["vms", "containers"]


@dataclass(frozen=True)
class Target:
    """A running machine to converge."""

    name: str
    group: Group
    roles: tuple[str, ...]
    connection: Mapping[str, str] = field(default_factory=dict)
    """Ansible's connection variables, such as ``ansible_host``."""


@dataclass(frozen=True)
class Recap:
    """How many tasks changed something, by machine; zero on machines that were converged before."""

    changed: Mapping[str, int]


@dataclass
class Account:
    """What a run of the playbooks did, gathered from the events of ansible-runner."""

    problems: list[str] = field(default_factory=list)
    """The tasks that failed, in sentences."""
    reached: set[str] = field(default_factory=set)
    """The machines on which a task went well, by Ansible's own count."""
    applied: set[tuple[str, str]] = field(default_factory=set)
    """Machine and role, where a task of the role ran, or was found not to be needed there (`when`)."""

    def take(self, event: Mapping[str, Any]) -> None:
        """Note an event."""
        data = event.get("event_data", {})
        match event["event"]:
            case "runner_on_failed" if not data.get("ignore_errors"):
                self.problems.append(_failure(data))
            case "runner_on_unreachable":
                self.problems.append(_failure(data))
            case "runner_on_ok" | "runner_on_skipped" if data.get("role"):
                self.applied.add((data["host"], data["role"]))
            case "playbook_on_stats":
                self.reached = {host for host, count in data.get("ok", {}).items() if count > 0}

    def missed(self, targets: Sequence[Target]) -> list[str]:
        """Return what should have happened and did not, in sentences: a run that did nothing did not go well.

        A role without tasks counts as not applied, as nothing shows that it was.
        """
        unreached = [f"The playbooks did nothing on {each.name}." for each in targets if each.name not in self.reached]
        return unreached + [
            f"The role {role!r} was not applied to {each.name}: none of its tasks was come to."
            for each in targets
            for role in each.roles
            if (each.name, role) not in self.applied
        ]


def inventory(targets: Sequence[Target], variables: Mapping[str, str | bool]) -> dict[str, Any]:
    """Return Ansible's inventory of running machines, in the groups ``vms`` and ``containers``."""
    groups: dict[str, Any] = {"vms": {"hosts": {}}, "containers": {"hosts": {}}}
    for target in targets:
        groups[target.group]["hosts"][target.name] = {"lab_roles": list(target.roles), **target.connection}
    common = {"ansible_python_interpreter": "/usr/bin/python3", **variables}
    return {"all": {"children": groups, "vars": common}}


def converge(
    targets: Sequence[Target], variables: Mapping[str, str | bool], settings: Settings, progress: Progress
) -> Recap:
    """Apply ``playbooks/site.yml``; inventory and full log stay in ``<settings.run>/ansible``.

    A copy is applied, whose path is plain as LAB_HOME's is: roles hand their path to a shell, and that of the clone may
    have spaces and quotes in it.

    Raises:
        ProvisionError: a task failed (the error names task and machine), or a machine or a role was passed over.
        KeyboardInterrupt: a signal asked to end, and Ansible has ended.
    """
    import ansible_runner  # here: it takes 0.14 s, and is needed only where something is baked

    work = settings.run / "ansible"
    shutil.rmtree(work, ignore_errors=True)
    project = work / "project"
    shutil.copytree(PLAYBOOKS, project, ignore=shutil.ignore_patterns("__pycache__"))
    account = Account()
    names = ", ".join(target.name for target in targets)
    with progress.phase(f"Converging {names} with playbooks/site.yml") as phase:

        def on_event(event: dict[str, Any]) -> bool:
            account.take(event)
            if event["event"] == "playbook_on_task_start":
                phase.note(str(event.get("event_data", {}).get("task", "")))
            return True

        with _signals_kept():
            runner = ansible_runner.run(
                private_data_dir=str(work),
                project_dir=str(project),
                playbook="site.yml",
                inventory=inventory(targets, variables),
                quiet=True,
                event_handler=on_event,
                envvars={
                    **settings.signature,
                    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                    "ANSIBLE_CONFIG": str(project / "ansible.cfg"),
                    "ANSIBLE_HOME": str(work / "home"),
                    "ANSIBLE_ROLES_PATH": str(project / "roles"),
                    "LC_ALL": "C.UTF-8",
                },
            )
        if runner.status == "canceled":
            raise KeyboardInterrupt
        log = Path(runner.config.artifact_dir) / "stdout"
        problems = account.problems
        if runner.status != "successful" and not problems:
            problems = [f"The playbooks ended with the status {runner.status!r}: {_said(log)}"]
        if problems := problems or account.missed(targets):
            raise ProvisionError(problems[0], f"The full log is {log}; correct the role and repeat the command.")
        stats = runner.stats or {}
    return Recap({target.name: stats.get("changed", {}).get(target.name, 0) for target in targets})


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Give the signals back that ansible-runner takes for itself and keeps."""
    if threading.current_thread() is not threading.main_thread():
        yield  # in other threads ansible-runner takes no signals
        return
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _failure(data: Mapping[str, Any]) -> str:
    result = data.get("res", {})
    parts = [result.get("msg"), result.get("stderr") or result.get("module_stderr")]
    if command := result.get("cmd"):
        parts.append(f"(command: {command if isinstance(command, str) else ' '.join(command)})")
    said = " ".join(" ".join(str(part).split()) for part in parts if part)[:300]
    return f"The task {data.get('task')!r} failed on {data.get('host')}: {said or 'no message'}"


def _said(log: Path) -> str:
    """Return why Ansible ended, in its own words, if no task is to blame, as for a mistake in a playbook."""
    try:
        with log.open("rb") as file:
            text = file.read(1 << 20).decode(errors="replace")
    except FileNotFoundError:
        return "Ansible said nothing."
    lines = [" ".join(re.sub(r"\x1b\[[0-9;]*m", "", line).split()) for line in text.splitlines() if line.strip()]
    beginnings = ("[ERROR]", "ERROR!", "fatal:")
    otherwise = [*lines[-1:], "Ansible said nothing."][0]
    return next((line for line in lines if line.startswith(beginnings)), otherwise)[:300]
