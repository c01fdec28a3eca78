"""Whether the goals of the tasks are met."""


def test_second_disk(machine):
    """The VM's kernel has found a second disk."""
    # Disks that are hardware have a device behind them; loop and RAM disks have none.
    disks = machine("vm").run("ls -d /sys/block/*/device").stdout.split()
    assert len(disks) > 1, "The VM's kernel knows only the one disk that it started from."


def test_less_memory(machine):
    """Memory was taken from the VM while it runs."""
    total = int(machine("vm").check_output("sed -n 's/^MemTotal: *//p' /proc/meminfo").split()[0]) // 1024
    assert total < 420, f"The VM's kernel counts {total} MiB, all that it was started with or nearly so."


def test_old_clock(machine):
    """The clock chip of the VM shows the year 2001."""
    chip = machine("vm").check_output("cat /sys/class/rtc/rtc0/date")
    assert chip.startswith("2001-"), f"The VM's clock chip shows {chip}."
    assert not machine("host").check_output("date +%%F").startswith("2001-"), "The host's clock shows 2001 as well."
