"""Ansible's way into a container of this host: `docker exec`, started as Ansible starts programs on this computer.

ansible-core has none of its own, and the collection that has one comes only with a hundred others, 470 MB in all.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: container
short_description: Run tasks in a container of this host
description: Has C(docker exec) run what P(ansible.builtin.local#connection) would run on this computer.
options:
  remote_addr:
    description: The container's name.
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: ansible_host
  become_success_timeout:
    description: The seconds in which another user's rights must be had.
    type: int
    default: 10
  become_strip_preamble:
    description: Whether what is said meanwhile is left out.
    type: bool
    default: true
extends_documentation_fragment:
  - connection_pipelining
"""


class Connection(LocalConnection):  # type: ignore[misc]  # Ansible has no types
    """A container, known by its name."""

    transport = "container"

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Run a line of shell in the container. Return its status, its output and what it said of errors."""
        argv = ["docker", "exec", "--interactive", self.get_option("remote_addr"), "/bin/sh", "-c", cmd]
        status, output, errors = super().exec_command(shlex.join(argv), in_data=in_data, sudoable=sudoable)
        return status, output, errors

    def put_file(self, in_path: str, out_path: str) -> None:
        """Write a file of this computer into the container."""
        self._copied(f"cat >{shlex.quote(out_path)}", Path(in_path).read_bytes())

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Write a file of the container to this computer."""
        Path(out_path).write_bytes(self._copied(f"cat {shlex.quote(in_path)}"))

    def _copied(self, command: str, content: bytes | None = None) -> bytes:
        status, output, errors = self.exec_command(command, in_data=content, sudoable=False)
        if status:
            raise AnsibleConnectionFailure(f"{command}: {errors.decode(errors='replace').strip()}")
        return output
