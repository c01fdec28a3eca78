"""Whether the goals of the tasks are met."""

import re

VIRSH = "virsh --quiet --connect qemu:///system"
CHIP = """
import array, fcntl
time = array.array("i", [0] * 9)
with open("/dev/rtc0") as chip:
    fcntl.ioctl(chip, 0x80247009, time)  # RTC_RD_TIME, rtc(4)
print(1900 + time[5])
"""
"""Asks the chip itself; what is in /sys could be covered."""


def test_second_disk(machine, on_host, engine_name):
    """The VM's kernel has found a second disk, which the host plugged in."""
    built = on_host.check_output(f"{VIRSH} domblklist --details %s", engine_name("vm")).splitlines()
    disks = [line.split()[2] for line in built if line.split()[1] == "disk"]
    assert len(disks) > 1, "The host gave the VM no second disk: only the one that it started from."
    sizes = set()
    for disk in disks:
        told = on_host.check_output(f"{VIRSH} domblkinfo %s %s", engine_name("vm"), disk)
        sizes.add(re.search(r"Capacity: +(\d+)", told)[1])
    found = machine("vm").check_output("lsblk --bytes --nodeps --noheadings --output SIZE").split()
    assert sizes <= set(found), "The VM's kernel has not found the second disk, or not in its size."


def test_less_memory(machine, on_host, engine_name):
    """Memory was taken from the VM while it runs."""
    name = engine_name("vm")
    facts = on_host.check_output(f"{VIRSH} dominfo %s", name)
    built, now = (int(re.search(rf"{what}: +(\d+)", facts)[1]) // 1024 for what in ("Max memory", "Used memory"))
    assert built == 512, f"The VM was built anew, with {built} MiB: nothing was taken from the one that ran."
    reason = on_host.check_output(f"{VIRSH} domstate --reason %s", name)
    kept = "golden" in on_host.run(f"{VIRSH} qemu-monitor-command %s --hmp info snapshots", name).stdout
    restarted = kept and "booted" in reason  # the lab's VM goes on from a kept state, and never booted in this QEMU
    assert not restarted, "The VM was started anew: what ran in it before is gone."
    assert now < built, "The host's hypervisor has taken nothing back yet."
    total = int(machine("vm").check_output("sed -n 's/^MemTotal: *//p' /proc/meminfo").split()[0]) // 1024
    assert total < 420, f"The VM's kernel counts {total} MiB, all that it was started with or nearly so."


def test_old_clock(machine):
    """The clock chip of the VM shows the year 2001."""
    year = machine("vm").check_output("python3 -c %s", CHIP)
    assert year == "2001", f"The VM's clock chip shows the year {year}."
    assert not machine("host").check_output("date +%%F").startswith("2001-"), "The host's clock shows 2001 as well."
