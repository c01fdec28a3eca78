"""Whether the goals of the tasks are met."""

import json
from pathlib import Path

MIB = 2**20
FIXED = 2
X86, ARM = "x86_64", "arm64"
TYPES = {
    "t2.micro": (1024, 1, X86),
    "t3.micro": (1024, 2, X86),
    "t3a.micro": (1024, 2, X86),
    "t2.small": (2048, 1, X86),
    "t3.small": (2048, 2, X86),
    "t3a.small": (2048, 2, X86),
    "t4g.small": (2048, 2, ARM),
    "t2.medium": (4096, 2, X86),
    "t3.medium": (4096, 2, X86),
}
"""Memory in MiB, processors and their kind, of small types of EC2 (docs.aws.amazon.com, EC2 instance types)."""


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


def test_bigger(evaluate, on_host, golden, scratch):
    """Vagrantfile, EC2 and disk are asked for a VM of 2048 MiB, two processors and 8 GiB."""
    settings, request, disk = (Path(scratch, name) for name in ("big.json", "big-ec2.json", "big.qcow2"))
    assert settings.is_file(), "There is no file big.json in the scratch folder yet."
    evaluated = evaluate(settings)
    assert evaluated, "The Vagrantfile cannot read big.json: is it JSON?"
    for provider, (memory, cpus) in evaluated.items():
        assert memory == 2048, f"{provider} would give the VM {memory} MiB."
        assert cpus == 2, f"{provider} would give the VM {cpus} processors."
    assert request.is_file(), "There is no file big-ec2.json in the scratch folder yet."
    asked = json.loads(request.read_text())
    kind = asked.get("InstanceType")
    assert kind in TYPES, f"This check does not know the type {kind}; it knows {', '.join(TYPES)}."
    memory, cpus, processor = TYPES[kind]
    assert memory == 2048, f"An instance of the type {kind} has {memory} MiB."
    assert processor == "x86_64", f"An instance of the type {kind} has processors of the kind {processor}."
    options = asked.get("CpuOptions", {})
    if "CoreCount" in options:
        cpus = options["CoreCount"] * options.get("ThreadsPerCore", 2)
    assert cpus == 2, f"The instance would have {cpus} processors."
    volumes = {each.get("DeviceName"): each.get("Ebs", {}) for each in asked.get("BlockDeviceMappings", [])}
    gib = volumes.get("/dev/xvda", {}).get("VolumeSize")
    assert gib == 8, f"The request asks for a volume of {gib} GiB at /dev/xvda."
    assert disk.is_file(), "There is no file big.qcow2 in the scratch folder yet."
    found = json.loads(on_host.check_output("qemu-img info -U --output json %s", str(disk)))
    assert found["virtual-size"] == 8 * 2**30, f"The disk in big.qcow2 has {found['virtual-size']} bytes, not 8 GiB."
    same = on_host.run("qemu-img compare -U -f qcow2 -F qcow2 %s %s", str(disk), golden)
    assert same.succeeded, "big.qcow2 has the size, but it does not begin with what is on the disk of small."
