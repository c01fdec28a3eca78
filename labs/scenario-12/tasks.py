"""Whether the goals of the tasks are met."""

import json
from pathlib import Path

MIB = 2**20
FIXED = 2
T3_SMALL = "t3.small"


def test_for_azure(on_host, golden, scratch):
    """azure.vhd is the VM's disk as a fixed VHD of whole MiB."""
    path = Path(scratch, "azure.vhd")
    assert path.is_file(), "There is no file azure.vhd in the scratch folder yet."
    with path.open("rb") as file:
        file.seek(-512, 2)
        footer = file.read()
    # What a VHD is stands in its last 512 bytes: a name in the first eight, its kind in four from byte 60 on.
    assert footer[:8] == b"conectix", "azure.vhd is no VHD inside, whatever its name says."
    assert int.from_bytes(footer[60:64], "big") == FIXED, "azure.vhd is a VHD that grows; Azure wants a fixed one."
    assert (path.stat().st_size - 512) % MIB == 0, "The disk in azure.vhd is no whole number of MiB."
    same = on_host.run("qemu-img compare -U -f vpc -F qcow2 %s %s", str(path), golden)
    assert same.succeeded, "azure.vhd is a fixed VHD, but it does not hold the VM's disk."


def test_bigger(evaluate, scratch):
    """big.json gives the VM 2048 MiB and two processors on every provider; big-ec2.json asks EC2 for the same."""
    settings, request = Path(scratch, "big.json"), Path(scratch, "big-ec2.json")
    assert settings.is_file(), "There is no file big.json in the scratch folder yet."
    evaluated = evaluate(settings)
    assert evaluated, "The Vagrantfile cannot read big.json: is it JSON?"
    for provider, (memory, cpus) in evaluated.items():
        assert memory == 2048, f"{provider} would give the VM {memory} MiB."
        assert cpus == 2, f"{provider} would give the VM {cpus} processors."
    assert request.is_file(), "There is no file big-ec2.json in the scratch folder yet."
    asked = json.loads(request.read_text())
    assert asked.get("InstanceType") == T3_SMALL, (
        f"An instance of the type {asked.get('InstanceType')} has not 2048 MiB."
    )
