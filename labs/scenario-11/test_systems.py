"""How many operating systems there are, and who has to keep them."""

import json

BOOT_ID = "/proc/sys/kernel/random/boot_id"


def read(place, path):
    return place.check_output("cat %s", path)


def packages(place):
    """The installed packages with their versions."""
    query = r"${db:Status-Abbrev}${Package} ${Version}\n"
    listed = place.check_output("dpkg-query -W -f %s", query).splitlines()
    return dict(line.removeprefix("ii ").split() for line in listed if line.startswith("ii "))


def test_every_vm_has_a_kernel_of_its_own(machine, on_host):
    """Each VM runs a kernel of its own: host, vm and vm2 are three starts of a kernel."""
    starts = {read(place, BOOT_ID) for place in (on_host, machine("vm"), machine("vm2"))}
    assert len(starts) == 3, f"There are {len(starts)} different boot ids where three kernels should run."


def test_every_vm_is_a_machine_of_its_own(machine):
    """The two VMs were made from one disk, and have a machine id each."""
    ids = [read(machine(name), "/etc/machine-id") for name in ("vm", "vm2")]
    assert all(ids), "A VM has no machine id."
    assert ids[0] != ids[1], f"Both VMs have the machine id {ids[0]}: one is a careless copy of the other."


def test_containers_run_on_the_hosts_kernel(container, on_host):
    """The container brings no further kernel: it shows the host's boot id."""
    assert read(container, BOOT_ID) == read(on_host, BOOT_ID), "The container runs under a kernel of its own."


def test_vm_carries_a_whole_system(vm):
    """The VM carries kernel, init system, boot loader and remote login, all installed and to be kept."""
    names = packages(vm)
    for what, beginning in {
        "kernel": "linux-image-",
        "init system": "systemd-sysv",
        "boot loader": "grub-pc",
        "remote login": "openssh-server",
    }.items():
        assert any(name.startswith(beginning) for name in names), f"The VM has no {what} among its packages."


def test_vm_runs_a_whole_system(vm):
    """In the VM an init system runs its services, and a kernel its threads."""
    first = vm.check_output("ps -o comm= -p 1")
    assert first == "systemd", f"Process 1 of the VM is {first}, no init system."
    threads = len(vm.run("pgrep -P 2").stdout.split())
    assert threads > 10, f"The VM shows {threads} kernel threads: its kernel runs elsewhere."


def test_container_carries_no_kernel_and_no_init(container):
    """The container carries neither kernel nor init system."""
    unneeded = [name for name in packages(container) if name.startswith(("linux-image-", "systemd", "udev", "grub-"))]
    assert not unneeded, f"The container has {', '.join(unneeded)}, packages for a computer of its own."
    assert container.check_output("ps -o comm= -p 1") != "systemd", "An init system runs in the container."


def test_containers_packages_are_the_vms(container, vm):
    """Every package of the container is in the VM, in the same version."""
    there = packages(vm)
    other = [name for name, version in packages(container).items() if there.get(name) != version]
    assert not other, (
        f"{', '.join(other[:5])} differ: the machines are no longer in step. Was only one of them patched?"
    )


def test_container_has_to_be_patched_too(container):
    """The container's packages were patched since the release as well: it is not without an operating system."""
    patched = container.run(r"dpkg-query -W -f '${Version}\n' | grep -c 'deb[0-9]*u[0-9]'").stdout.strip()
    assert int(patched) > 0, "No package of the container was patched since the release."


def test_vms_do_not_share_a_disk(machine):
    """What is written on one VM's disk is not on the other's: a patch must be installed on each."""
    vm, vm2 = machine("vm"), machine("vm2")
    try:
        vm.check_output("echo here >/root/written-once")
        assert not vm2.file("/root/written-once").exists, "A file of vm is found on vm2: they share a disk."
    finally:
        vm.run("rm -f /root/written-once")


def test_containers_share_their_image(on_host, engine_name):
    """The two containers are made from one image, whose layers lie on the disk once."""
    found = json.loads(on_host.check_output("docker inspect %s %s", engine_name("one"), engine_name("two")))
    images = {box["Image"] for box in found}
    assert len(images) == 1, "The containers are made from two images: a patch has to go into both."
