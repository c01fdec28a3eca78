"""What ended `vagrant up`, by what it said (logs of real failures, but for their length), and what goes before."""

from __future__ import annotations

import json
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from provisioning.machines.vm import libvirt, vagrant
from provisioning.machines.vm.places import Box, Place, backing
from provisioning.settings import Settings

AT = "/usr/lib/ruby/vendor_ruby/fog/libvirt/requests/compute/vm_action.rb:7:in"
BELOW = "\n\tfrom /usr/lib/ruby/vendor_ruby/fog/libvirt/models/compute/server.rb:76:in `start'\n"
BEGUN = "Bringing machine 'vm' up with 'libvirt' provider...\n==> vm:     -> value=-global, \n"
GONE = "==> vm: Removing domain...\n==> vm: Deleting the machine folder\n"
DEFINE = "Error while creating domain: Error saving the server: Call to virDomainDefineXML failed:"
FULL = (
    "internal error: qemu unexpectedly closed the monitor: cannot set up guest memory 'pc.ram': Cannot allocate memory"
)
UNPLUGGED = "Network not found: no network with matching name 'gone'"
POOL = "No usable storage pool found! Please check if storage pool is\ncreated and available."
TAKEN = "Name `vm` of domain about to create is already taken. Please try to run\n`vagrant up` command again."
CIDR = "Error in specification of management network: 10.88.0.0/99 is not a valid IP address."
BOX = "The box 'a/b' could not be found or\ncould not be accessed in the remote catalog."


@pytest.mark.parametrize(
    ("log", "told"),
    [
        (f"{BEGUN}{AT} `create': Call to virDomainCreateWithFlags failed: {FULL} (Libvirt::Error){BELOW}{GONE}", FULL),
        (f"{BEGUN}{GONE}{AT} `create': Call to virDomainCreate failed: {UNPLUGGED} (Libvirt::Error){BELOW}", UNPLUGGED),
        (f"{AT} 'Libvirt::Domain#create': Call to virDomainCreate failed: {FULL} (Libvirt::Error){BELOW}{GONE}", FULL),
        (f"{BEGUN}{DEFINE} unsupported configuration: too many CPUs\n", "unsupported configuration: too many CPUs"),
        (f"{BEGUN}{AT} `f': Call to virStorageVolCreateXML failed: it is there (Libvirt::Error){BELOW}", "it is there"),
        (f"{AT} `_generate_uri': Require specify driver xen (RuntimeError){BELOW}", "Require specify driver xen"),
        (f"{BEGUN}{POOL}\n", POOL.replace("\n", " ")),
        (f"{BEGUN}{TAKEN}\n", TAKEN.replace("\n", " ")),
        (f"{BEGUN}{GONE}{CIDR}\n", CIDR),
        (f"{BEGUN}    vm: Box Version: >= 0\n{BOX}\n\nURL: []\nError: no such host\n", BOX.replace("\n", " ")),
        (GONE, "it said nothing"),
        ("", "it said nothing"),
    ],
    ids=[
        *(
            "memory",
            "network",
            "newer Ruby's quotes",
            "processors",
            "volume",
            "driver",
            "pool",
            "name",
            "address",
            "box",
        ),
        *("steps alone", "nothing"),
    ],
)
def test_the_cause_is_told_and_not_what_vagrant_said_last(log: str, told: str) -> None:
    assert vagrant.cause(log) == told


@pytest.mark.parametrize(
    ("said", "again"),
    [
        ("Network not found: no network with matching uuid '51161336-fd06' (labtest)", True),
        ("Storage pool not found: no storage pool with matching uuid '0a' (lab1000)", True),
        ("Domain not found: no domain with matching uuid '0a' (x)", True),
        ("Vagrant can't use the requested machine because it is locked! This means that another", True),
        ("No such file or directory @ apply2files - /v/vagrant.d/data/machine-index/b81981c2.lock", True),
        ("No such file or directory @ rb_sysopen - /v/vagrant.d/boxes/lab/box.img", False),
        ("unsupported configuration: no room", False),
    ],
)
def test_what_of_another_lab_vanished_meanwhile_is_no_failure(said: str, again: bool) -> None:
    assert bool(vagrant.VANISHED.search(said)) is again


def test_vms_that_start_side_by_side_make_what_they_share_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2, timeout=0.5)

    def ensure(network: libvirt.Network, address: libvirt.Address, host: str) -> None:
        both.wait()  # passes only if a second VM is in here as well

    monkeypatch.setattr(libvirt.Network, "ensure", ensure)
    for rest in ("ensure", "refresh"):
        monkeypatch.setattr(libvirt.Pool, rest, lambda pool: None)
    two = [Place(Settings(home=tmp_path), "scenario-1", name) for name in ("one", "two")]
    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(vagrant.share, place, Box("box")) for place in two]
    assert [type(job.exception()) for job in jobs] == [threading.BrokenBarrierError] * 2


def test_a_box_brings_what_its_disk_is_an_overlay_over_into_the_pool(tmp_path: Path) -> None:
    place = Place(Settings(home=tmp_path), "scenario-1", "vm")
    place.pool.path.mkdir(parents=True)
    base, golden = tmp_path / "base.qcow2", tmp_path / "golden"
    golden.mkdir()
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", base, "1M"], check=True)
    under = golden / backing()
    under.hardlink_to(base)
    box = Box("golden-1", golden / "disk.qcow2")
    overlay = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", under.name, str(box.disk)]
    subprocess.run(overlay, check=True)
    earlier = place.pool.path / under.name
    earlier.write_text("of an image that is gone")
    for _ in range(2):
        vagrant.link_box(place, box)
        assert earlier.samefile(base)
        chain = ["qemu-img", "info", "--backing-chain", "--output=json", str(vagrant.volume(place, box))]
        files = [each["filename"] for each in json.loads(subprocess.check_output(chain))]
        assert files == [str(vagrant.volume(place, box)), str(earlier)]
