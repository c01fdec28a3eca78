"""One description for every provider, one disk for every hypervisor."""

import hashlib
import json
import re
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
FORMATS = json.loads((FOLDER / "formats.json").read_text())
PROVIDERS = ("libvirt", "virtualbox", "vmware_desktop", "hyperv")
# What the drivers in the VM's first file system (initrd) find a disk on.
DRIVERS = {
    "virtio_blk": "QEMU's virtio disks",
    "ahci": "SATA, as in VirtualBox",
    "vmw_pvscsi": "VMware's SCSI",
    "mptspi": "VMware's older SCSI",
    "hv_storvsc": "Hyper-V's disks",
    "ata_piix": "IDE",
    "nvme": "NVMe, as on EC2",
}
SIZES = {"t3.nano": 512, "t3.micro": 1024}  # MiB


@pytest.fixture(scope="module")
def exported(machine, golden, scratch):
    """The exported files, by the name of the format; written now if the steps were not run."""
    folder = Path(scratch)
    if not (folder / "manifest.json").is_file():
        step = f"env LAB_FOLDER=%s LAB_SCRATCH=%s LAB_DISK_SMALL=%s {sys.executable} %s"
        machine("host").check_output(step, str(FOLDER), scratch, golden, str(FOLDER / "steps" / "export.py"))
    manifest = json.loads((folder / "manifest.json").read_text())
    return {entry["format"]: {**entry, "path": folder / entry["file"]} for entry in manifest}


def test_one_description_for_every_provider(size_of, evaluate, vm_settings):
    """The Vagrantfile gives each of the two VMs the same memory and processors on every provider."""
    for name in ("small", "large"):
        memory, cpus = size_of(name)
        found = evaluate(vm_settings(name)) or {}
        for provider in PROVIDERS:
            assert found.get(provider) == (memory, cpus), (
                f"For {provider} the Vagrantfile sets {found.get(provider)}, and not {memory} MiB and {cpus}."
            )


def test_there_is_a_file_for_every_hypervisor(exported):
    """The manifest names a file for libvirt, VirtualBox, VMware, Hyper-V and EC2, and tells the truth of each."""
    assert set(exported) == {entry["format"] for entry in FORMATS}, f"The manifest names only {', '.join(exported)}."
    for entry in exported.values():
        path = entry["path"]
        assert path.is_file(), f"{path.name} is in the manifest and not there: run the scenario again."
        assert path.stat().st_size == entry["bytes"], f"{path.name} has another length than the manifest says."
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        assert digest == entry["sha256"], f"{path.name} was changed since it was written: its SHA-256 is another."


def test_each_file_is_what_its_name_says(on_host, exported):
    """QEMU recognises each file by its bytes as the format that its name tells."""
    for format_, entry in exported.items():
        found = json.loads(on_host.check_output("qemu-img info --output json %s", str(entry["path"])))
        assert found["format"] == format_, f"{entry['file']} is {found['format']} inside, whatever its name says."
        assert found["virtual-size"] == entry["virtual size"], f"{entry['file']} holds a disk of another size."


def test_vmware_finds_the_adapter_that_it_has(exported):
    """VMware's file asks for an adapter that ESXi has (lsilogic), not for one of old PCs."""
    with exported["vmdk"]["path"].open("rb") as file:
        head = file.read(65536)
    named = re.search(rb'ddb.adapterType = "(\w+)"', head)
    adapter = named[1].decode() if named else "none"
    assert adapter == "lsilogic", (
        f"{exported['vmdk']['file']} asks for the adapter {adapter}, which ESXi does not have."
    )


def test_each_file_holds_the_same_disk(on_host, exported, golden):
    """Unpacked, every file holds the VM's golden disk, byte for byte."""
    for format_, entry in exported.items():
        same = on_host.run("qemu-img compare -U -f %s -F qcow2 %s %s", format_, str(entry["path"]), golden)
        assert same.succeeded, f"{entry['file']} does not hold the VM's disk: {same.stdout or same.stderr}"


def test_disk_starts_on_other_hardware(on_host, exported, domain, scratch):
    """The file for EC2 starts in plain QEMU from an NVMe disk, without libvirt and Vagrant, up to the login."""
    kind = domain("small").get("type")
    step = f"env LAB_FOLDER=%s LAB_SCRATCH=%s LAB_HYPERVISOR=%s {sys.executable} %s %s"
    argv = (str(FOLDER), scratch, kind, str(FOLDER / "steps" / "boot.py"), exported["raw"]["file"])
    booted = on_host.run(step, *argv)
    console = Path(scratch, exported["raw"]["file"] + ".console").read_bytes()
    assert booted.succeeded and b"Debian GNU/Linux" in console, (
        f"The disk does not start there: {booted.stdout.strip() or booted.stderr.strip()}"
    )


def test_vm_brings_the_drivers_of_every_hypervisor(machine):
    """The VM's first file system has a disk driver for each hypervisor, used here or not."""
    # An archive, where each name ends with a zero byte.
    names = "zstdcat /initrd.img | grep -z -a -o -E 'kernel/[a-z0-9_/-]+[.]ko([.]xz)?$' | tr '\\0' '\\n'"
    found = {Path(name).name.partition(".")[0] for name in machine("small").check_output(names).split()}
    for driver, disks in DRIVERS.items():
        assert driver in found, f"The driver {driver} is missing, so the VM would not find {disks}."


def test_requests_to_ec2_are_well_formed(exported):
    """The requests to EC2 name a format that it imports, and a disk that is large enough."""
    importing = json.loads((FOLDER / "ec2" / "import-snapshot.json").read_text())["DiskContainer"]
    assert importing["Format"] in ("VHD", "VMDK", "RAW"), f"import-snapshot takes no {importing['Format']}."
    file, format_ = importing["UserBucket"]["S3Key"], importing["Format"].lower()
    assert exported[format_]["file"] == file, f"{file} is to be imported as {format_}, and the manifest disagrees."
    image = json.loads((FOLDER / "ec2" / "register-image.json").read_text())
    volume = next(d["Ebs"] for d in image["BlockDeviceMappings"] if d["DeviceName"] == image["RootDeviceName"])
    assert volume["VolumeSize"] * 2**30 >= exported[format_]["virtual size"], "The volume is smaller than the disk."
    assert image["BootMode"] == "legacy-bios", "The disk has a boot sector and no EFI partition: it starts by BIOS."
    assert image["Architecture"] == "x86_64", "The VM's programs are for x86-64."


def test_instances_on_ec2_have_the_size_of_the_vms(size_of):
    """The instance types asked of EC2 have the memory and the processors of the two VMs."""
    for name in ("small", "large"):
        memory, cpus = size_of(name)
        request = json.loads((FOLDER / "ec2" / f"run-{name}.json").read_text())
        assert SIZES.get(request["InstanceType"]) == memory, (
            f"{request['InstanceType']} has not the {memory} MiB of {name}."
        )
        options = request["CpuOptions"]
        assert options["CoreCount"] * options["ThreadsPerCore"] == cpus, f"{name} has {cpus} processors here."


def test_vm_has_the_drivers_of_ec2(machine):
    """The VM has the drivers of EC2's disks (nvme) and network cards (ena), as the request promises."""
    promised = json.loads((FOLDER / "ec2" / "register-image.json").read_text())
    for driver in ("nvme", *(["ena"] if promised["EnaSupport"] else [])):
        found = machine("small").run("modinfo -F filename %s", driver)
        assert found.succeeded, f"The VM has no driver {driver}: on EC2 it would find no disk or no network."
