"""Ansible's way into a container: commands and files come through it as they are, and what fails is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from provisioning import playbook
from provisioning.deployment import Deployment
from provisioning.errors import ProvisionError
from provisioning.images.golden_container import container_target
from provisioning.progress import Quiet

PLAY = """\
- hosts: containers
  gather_facts: true
  tasks:
    - ansible.builtin.include_role: {name: "{{ role }}"}
      loop: "{{ lab_roles }}"
      loop_control: {loop_var: role}
"""
THERE_AND_BACK = """\
- ansible.builtin.copy: {{src: "{here}/{{{{ item }}}}", dest: "/tmp/{{{{ item }}}}", mode: "0640"}}
  loop: {names}
- ansible.builtin.slurp: {{src: "/tmp/{{{{ item }}}}"}}
  loop: {names}
- ansible.builtin.fetch: {{src: "/tmp/{{{{ item }}}}", dest: "{here}/back/", flat: true}}
  loop: {names}
- ansible.builtin.shell: 'printf "%s" "$0" >"/tmp/said"; test "$(id -u)" = 0 -a -e /.dockerenv'
- ansible.builtin.command: {{argv: [cat], stdin: "a ' \\" $HOME\\n", stdin_add_newline: false}}
  register: said
  failed_when: said.stdout != "a ' \\" $HOME"
  changed_when: false
"""
FILES = {"plain": b"text\n", "empty": b"", "with ' and \" in it": b"\x00\xff\r\n" * 1000, "한글": "한글".encode()}


def converge(
    folder: Path, deployment: Deployment, container: str, tasks: str, monkeypatch: pytest.MonkeyPatch
) -> playbook.Recap:
    """Apply a role of these tasks to a container, through the product's own connection."""
    (folder / "site.yml").write_text(PLAY)
    (folder / "ansible.cfg").write_text((playbook.PLAYBOOKS / "ansible.cfg").read_text())
    (folder / "connection_plugins").symlink_to(playbook.PLAYBOOKS / "connection_plugins")
    (folder / "roles" / "one" / "tasks").mkdir(parents=True)
    (folder / "roles" / "one" / "tasks" / "main.yml").write_text(tasks)
    monkeypatch.setattr(playbook, "PLAYBOOKS", folder)
    monkeypatch.setattr(playbook, "ROLES", folder / "roles")
    return playbook.converge([container_target("web", container, ("one",))], {}, deployment.settings, Quiet())


def container_of(deployment: Deployment) -> str:
    return deployment.containers.full_name(next(iter(deployment.containers.specs)))


def test_files_go_there_and_come_back(opened: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "back").mkdir()
    tasks = THERE_AND_BACK.format(here=tmp_path, names=json.dumps(list(FILES)))
    assert converge(tmp_path, opened, container_of(opened), tasks, monkeypatch).changed["web"]
    assert {path.name: path.read_bytes() for path in (tmp_path / "back").iterdir()} == FILES


@pytest.mark.parametrize(
    ("tasks", "told"),
    [
        ("- ansible.builtin.shell: echo wrong >&2; exit 7\n", "wrong"),
        ("- ansible.builtin.fetch: {src: /no/such/file, dest: /tmp/}\n", "does not exist"),
    ],
)
def test_what_fails_in_it_is_told(
    tasks: str, told: str, opened: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ProvisionError, match=told):
        converge(tmp_path, opened, container_of(opened), tasks, monkeypatch)
