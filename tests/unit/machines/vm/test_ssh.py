"""A VM by SSH, with a program in the place of ssh."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.errors import MachineError
from provisioning.machines.vm import ssh
from tests.unit.fakes import stand_in

SSH = 'case "$*" in *"-O check"*) {check};; esac\n{script}'


@pytest.mark.parametrize(
    ("script", "check", "reached"),
    [
        ("exit 255", "exit 0", True),
        ("echo ssh: connect to host >&2; exit 255", "exit 0", True),
        ("exit 255", "exit 255", False),
        ("echo ssh: connect to host >&2; exit 255", "exit 255", False),
        ("exit 254", "exit 255", True),
        ("exit 0", "exit 255", True),
    ],
)
def test_a_vm_is_out_of_reach_only_where_the_connection_is(
    script: str, check: str, reached: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program in the place of ssh ends as ssh was seen to end on real guests."""
    stand_in(tmp_path / "ssh", SSH.format(check=check, script=script), monkeypatch)
    machine = ssh.VirtualMachine("vm", "lab-x-vm", tmp_path / "config")
    if reached:
        assert machine.exec(["true"]).status == int(script.split()[-1])
    else:
        with pytest.raises(MachineError, match=r"does not answer on SSH: (ssh: connect to host|the connection broke)"):
            machine.exec(["true"])
