"""What a lesson gets of a lab."""

from __future__ import annotations

import subprocess
from pathlib import Path

from provisioning.deployment import Deployment
from provisioning.lesson.opened import check_target_of, stage_of
from provisioning.lesson.variables import EVERYWHERE, ON_THE_HOST
from provisioning.machines.host import Host
from provisioning.progress import Quiet
from provisioning.scenario.model import ContainerSpec, MachineSpec, Scenario, VmSpec
from provisioning.settings import Settings


def lab_of(tmp_path: Path, **machines: MachineSpec) -> Deployment:
    scenario = Scenario(
        name="scenario-7", folder=tmp_path, title="", summary="", claims=(), machines=machines, steps=()
    )
    return Deployment(Settings(name="mylab", home=tmp_path / "home", acceleration="tcg"), scenario, Quiet())


def test_a_script_on_the_host_finds_the_variables_of_the_tables_and_no_others(tmp_path: Path) -> None:
    lab = lab_of(tmp_path)
    found = stage_of(lab).pipe(Host(), "env", "t", 10).stdout
    there = {line.partition("=")[0] for line in found.splitlines() if line.startswith("LAB_")}
    outside = subprocess.run(["env"], capture_output=True, text=True, check=True).stdout
    there -= {line.partition("=")[0] for line in outside.splitlines()}
    assert there == {variable.name for variable in (*EVERYWHERE, *ON_THE_HOST)}
    assert "LAB_PREFIX=mylab\n" in found
    assert f"LAB_SCRATCH={lab.scratch}\n" in found


def test_the_folders_that_a_script_may_write_to_are_there(tmp_path: Path) -> None:
    lab = lab_of(tmp_path)
    variables = stage_of(lab).host_variables
    assert all(Path(variables[name]).is_dir() for name in ("LAB_SCRATCH", "LAB_ARTIFACTS"))
    assert Path(variables["LAB_SSH_CONFIG"]).is_file()


def test_checks_reach_each_machine_in_the_way_of_its_kind(tmp_path: Path) -> None:
    lab = lab_of(tmp_path, box=ContainerSpec(), vm=VmSpec())
    target = check_target_of(lab)
    assert {name: (each.kind, each.hostspec.partition("?")[0]) for name, each in target.connections.items()} == {
        "host": ("host", "local://"),
        "box": ("container", "docker://mylab-scenario-7-box"),
        "vm": ("vm", "ssh://mylab-scenario-7-vm"),
    }
    _, _, config = target.connections["vm"].hostspec.partition("ssh_config=")
    assert "Host mylab-scenario-7-vm\n" in Path(config).read_text()
    assert target.scratch == str(lab.scratch)
