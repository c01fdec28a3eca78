"""Who is a computer, and who only sees one."""

VIRSH = "virsh --connect qemu:///system"


def devices(place):
    """Everything on every bus that the kernel knows, PCI among them where the computer has it; never nothing."""
    listed = place.check_output("ls -d /sys/bus/*/devices/*").split()
    pci = place.run("cd /sys/bus/pci/devices && for slot in *; do echo $slot $(cat $slot/vendor $slot/device); done")
    return listed, pci.stdout


def test_vm_is_the_computer_that_the_host_described(vm, on_host, engine_name):
    """The VM's firmware names the machine type that the host wrote into the parts list."""
    parts = on_host.check_output(f"{VIRSH} dumpxml %s", engine_name("vm"))
    built = vm.run("cat /sys/class/dmi/id/product_version").stdout.strip()
    assert built and f"machine='{built}'" in parts, (
        f"The firmware of the computer that answers names the type {built or 'of none'}, and the parts list has "
        "another: it is another computer."
    )


def test_container_has_no_firmware_of_its_own(container, on_host):
    """The container names the host's maker and firmware, and the words with which the host's kernel was started."""
    read = "cd /sys/class/dmi/id 2>/dev/null && cat sys_vendor product_name bios_version"
    assert container.run(read).stdout == on_host.run(read).stdout, (
        "The container names another maker than the host: it runs on a computer of its own."
    )
    # Some hosts have no such table. What a boot loader told the kernel, every computer has.
    words = "cat /proc/cmdline"
    assert container.check_output(words) == on_host.check_output(words) != "", (
        "The container's kernel was started with other words than the host's: it runs on a computer of its own."
    )


def test_vms_processor_admits_it(vm):
    """A bit in the VM's processor says that a hypervisor stands behind it."""
    assert "hypervisor" in vm.check_output("grep -m 1 ^flags /proc/cpuinfo").split(), (
        "The processor does not have the flag hypervisor: nothing tells the kernel that it runs in a VM."
    )


def test_vm_has_hardware_of_its_own(vm, on_host):
    """The VM's devices are not the host's, and its kernel drives a disk and a network card among them."""
    assert devices(vm) != devices(on_host), "The VM shows the host's devices: it is no computer of its own."
    drivers = vm.check_output("ls -d /sys/bus/virtio/drivers/*/virtio*")
    for driver in ("virtio_blk", "virtio_net"):
        assert driver in drivers, f"No device of the VM is driven by {driver}."


def test_every_virtio_device_has_a_driver(vm):
    """The VM's kernel has a driver at work for every virtio device on its board."""
    idle = vm.check_output("for d in /sys/bus/virtio/devices/*; do [ -e $d/driver ] || basename $d; done")
    assert not idle, f"No driver takes care of {', '.join(idle.split())}."


def test_container_sees_the_hosts_hardware(container, on_host):
    """The container's list of devices is the host's."""
    assert devices(container) == devices(on_host), (
        "The container shows other devices than the host: it has hardware of its own."
    )


def test_vm_starts_from_a_disk(vm):
    """The VM's root directory is on a partition of a disk that one can start from."""
    partition = vm.check_output("findmnt -n -o SOURCE /")
    disk = vm.run("lsblk -n -o PKNAME %s", partition).stdout.strip()
    assert disk, f"The VM's root directory is on {partition}, which is no partition of a disk."
    mark = vm.check_output("od -A n -t x1 -j 510 -N 2 %s", f"/dev/{disk}").split()
    assert mark == ["55", "aa"], f"The first sector of {disk} ends with {' '.join(mark)}: no firmware starts from it."


def test_container_reaches_no_disk(container):
    """The container has no disk, and is refused when it makes a device file for the host's."""
    there = container.check_output("find /dev -type b")
    assert not there, f"The container has {', '.join(there.split())}, a disk of the host. Was it started with --device?"
    major, minor, _, name = container.check_output("grep -v -e loop -e ram /proc/partitions | sed -n 3p").split()
    opened = container.run(f"mknod /tmp/disk b {major} {minor} && head -c 1 /tmp/disk >/dev/null")
    container.run("rm -f /tmp/disk")
    assert opened.failed, f"The container reads the host's disk {name}. Was it started with --privileged?"


def test_vm_has_a_clock_chip(vm):
    """The VM's board carries a clock, and the VM may set it."""
    assert vm.run("test -c /dev/rtc0").succeeded, "The VM has no clock chip."
    setting = vm.run("hwclock --systohc")
    assert setting.succeeded, f"The VM may not set its clock chip: {setting.stderr.strip()}"


def test_container_has_no_clock_chip(container):
    """The container has no clock chip to set."""
    assert container.run("ls /dev/rtc*").failed, (
        "The container has the host's clock chip. Was it started with --device or --privileged?"
    )


def test_vms_kernel_met_a_bios(vm):
    """The VM's kernel was told by a firmware how much memory there is."""
    assert vm.run("dmesg | grep -q BIOS-e820").succeeded, (
        "The VM's log does not tell of a firmware: it did not start as a computer does."
    )


def test_the_computer_is_one_process(vm, on_host, engine_name):
    """For the host the whole VM is one process, whatever runs inside."""
    processes = on_host.run("pgrep -f %s", f"^[^ ]*qemu[^ ]* .*guest={engine_name('vm')},").stdout.split()
    assert len(processes) == 1, f"The host runs the VM as {len(processes)} processes."
    inside = len(vm.check_output("pgrep ''").split())
    assert inside > 20, f"Only {inside} processes run in the VM: that is no whole system."
