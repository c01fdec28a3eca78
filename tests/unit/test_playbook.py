"""A run of the playbooks counts only where every machine was reached and every role applied."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from provisioning import playbook
from provisioning.errors import ProvisionError
from provisioning.playbook import Account, Target, converge
from provisioning.progress import Quiet
from provisioning.settings import Settings

TARGETS = [Target("vm", "vms", ("common", "lock")), Target("box", "containers", ("common",))]


def event(kind: str, host: str, role: str | None = None, **data: Any) -> dict[str, Any]:
    of_role = {"role": role} if role else {}
    return {"event": f"runner_on_{kind}", "event_data": {"host": host, "task": "t", **of_role, **data}}


def stats(**ok: int) -> dict[str, Any]:
    return {"event": "playbook_on_stats", "event_data": {"ok": ok}}


ALL = [event("ok", "vm", "common"), event("ok", "vm", "lock"), event("ok", "box", "common"), stats(vm=3, box=2)]
UNREACHED = ["The playbooks did nothing on {}."]


def unapplied(role: str, host: str) -> str:
    return f"The role '{role}' was not applied to {host}: none of its tasks was come to."


@pytest.mark.parametrize(
    ("events", "missed"),
    [
        pytest.param(ALL, [], id="all"),
        pytest.param([*ALL[:1], event("skipped", "vm", "lock"), *ALL[2:]], [], id="skipped-by-when"),
        pytest.param([*ALL, event("ok", "vm"), {"event": "verbose"}], [], id="other-events"),
        pytest.param(
            [],
            [
                "The playbooks did nothing on vm.",
                "The playbooks did nothing on box.",
                unapplied("common", "vm"),
                unapplied("lock", "vm"),
                unapplied("common", "box"),
            ],
            id="nothing-at-all",
        ),
        pytest.param(
            [event("ok", "vm"), event("ok", "box"), stats(vm=1, box=1)],
            [unapplied("common", "vm"), unapplied("lock", "vm"), unapplied("common", "box")],
            id="facts-alone",
        ),
        pytest.param([*ALL[:1], *ALL[2:]], [unapplied("lock", "vm")], id="one-role-passed-over"),
        pytest.param([*ALL[:2], ALL[3]], [unapplied("common", "box")], id="one-machine-passed-over"),
        pytest.param([*ALL[:3], stats(vm=3)], ["The playbooks did nothing on box."], id="not-in-the-count"),
        pytest.param([*ALL[:3], stats(vm=3, box=0)], ["The playbooks did nothing on box."], id="counted-as-nothing"),
        pytest.param(
            [*ALL[:1], event("failed", "vm", "lock", ignore_errors=True), *ALL[2:]],
            [unapplied("lock", "vm")],
            id="nothing-but-failures-ignored",
        ),
        pytest.param([*ALL[:1], event("ok", "box", "lock"), *ALL[2:]], [unapplied("lock", "vm")], id="elsewhere"),
    ],
)
def test_what_was_passed_over_is_told(events: list[dict[str, Any]], missed: list[str]) -> None:
    account = Account()
    for each in events:
        account.take(each)
    assert account.missed(TARGETS) == missed
    assert account.problems == []


@pytest.mark.parametrize(
    ("kind", "data", "problems"),
    [
        ("failed", {"res": {"msg": "no disk"}}, ["The task 't' failed on vm: no disk"]),
        ("failed", {"res": {"msg": "no disk"}, "ignore_errors": True}, []),
        ("unreachable", {"res": {"msg": "no route"}}, ["The task 't' failed on vm: no route"]),
        ("unreachable", {"res": {"msg": "no route"}, "ignore_errors": True}, ["The task 't' failed on vm: no route"]),
        ("failed", {}, ["The task 't' failed on vm: no message"]),
    ],
)
def test_what_failed_is_told(kind: str, data: dict[str, Any], problems: list[str]) -> None:
    account = Account()
    for each in [*ALL, event(kind, "vm", "lock", **data)]:
        account.take(each)
    assert account.problems == problems


# -- the real Ansible, on this computer

TASK = "- name: Say it\n  ansible.builtin.debug: {msg: said}\n"
PLAY = """\
- hosts: vms:containers
  gather_facts: false
  tasks:
    - ansible.builtin.include_role: {name: "{{ role }}"}
      loop: "{{ lab_roles }}"
      loop_control: {loop_var: role}
"""


def run_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, play: str, config: str = "", **roles: str
) -> playbook.Recap:
    """Converge this computer, as if it were a container, with a playbook and roles of the test's own."""
    playbooks = tmp_path / "My lab's clone" / "playbooks"
    for name, tasks in roles.items():
        folder = playbooks / "roles" / name / "tasks"
        folder.mkdir(parents=True)
        (folder / "main.yml").write_text(tasks)
    for name, tasks in {"site.yml": play, "ansible.cfg": config}.items():
        (playbooks / name).write_text(tasks)
    monkeypatch.setattr(playbook, "PLAYBOOKS", playbooks)
    here = Target("box", "containers", tuple(roles), {"ansible_connection": "local"})
    return converge([here], {}, Settings(home=tmp_path / "home"), Quiet())


def test_a_run_that_did_everything_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    skipped = TASK + "  when: false\n"
    assert run_here(tmp_path, monkeypatch, PLAY, one=TASK, two=skipped).changed == {"box": 0}


def test_a_role_may_hand_its_path_to_a_shell_wherever_the_clone_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = "lookup('ansible.builtin.pipe', 'ls ' ~ role_path)"
    assert run_here(tmp_path, monkeypatch, PLAY, one=f"- ansible.builtin.assert: {{that: [\"{found} == 'tasks'\"]}}\n")


@pytest.mark.parametrize(
    ("play", "tasks", "told"),
    [
        pytest.param(PLAY.replace("vms:containers", "vms"), TASK, "did nothing on box", id="no-host-matches"),
        pytest.param(PLAY, "", "The role 'one' was not applied to box", id="empty-role"),
        pytest.param(PLAY.replace("tasks:", "task:"), TASK, "'task' is not a valid attribute", id="mistake"),
        pytest.param(PLAY, "- no.such.module: {}\n", "no.such.module", id="no-such-module"),
        pytest.param("- hosts: [\n", TASK, "YAML", id="no-YAML"),
        pytest.param(PLAY.replace("{{ lab_roles }}", "{{ [] }}"), TASK, "did nothing on box", id="no-role"),
        pytest.param(
            PLAY.replace("  tasks:", "  tasks:\n    - ansible.builtin.meta: end_play"), TASK, "did nothing", id="ends"
        ),
        pytest.param(PLAY, "- ansible.builtin.command: 'false'\n", "failed on box: non-zero return code", id="fails"),
    ],
)
def test_a_run_that_passed_something_over_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, play: str, tasks: str, told: str
) -> None:
    with pytest.raises(ProvisionError) as caught:
        run_here(tmp_path, monkeypatch, play, one=tasks)
    assert told in caught.value.what


@pytest.mark.parametrize("tags", ["run = web", "skip = all"])
def test_tags_that_leave_every_task_out_are_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tags: str
) -> None:
    with pytest.raises(ProvisionError, match="did nothing on box"):
        run_here(tmp_path, monkeypatch, PLAY, config=f"[tags]\n{tags}\n", one=TASK)
