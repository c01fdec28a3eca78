"""Whether the goals of the tasks are met."""


def test_host_number(machine, on_host, engine_name):
    """/root/host-number in alpha holds the host's number of alpha's process 1."""
    written = machine("alpha").run("cat /root/host-number")
    assert written.succeeded, "There is no file /root/host-number in alpha yet."
    outside = on_host.check_output("docker inspect --format '{{.State.Pid}}' %s", engine_name("alpha"))
    assert written.stdout.strip() == outside, (
        f"The file says {written.stdout.strip()}. The host knows alpha's process 1 under another number."
    )


def test_new_driver(machine):
    """The VM's kernel has a RAM disk of 8 MiB, with a file system that is mounted."""
    vm = machine("vm")
    assert vm.run("test -b /dev/ram0").succeeded, "There is no block device /dev/ram0 in the VM yet."
    assert vm.run("test -d /sys/block/ram0").succeeded, (
        "The file /dev/ram0 is there, but no driver of the VM's kernel answers behind it."
    )
    size = int(vm.check_output("cat /sys/block/ram0/size")) * 512 // 1024
    assert size == 8192, f"The RAM disk has {size} KiB: what can the driver be told?"
    mounted = vm.run("findmnt -n -o MAJ:MIN /mnt").stdout.strip()
    assert mounted == vm.check_output("cat /sys/block/ram0/dev"), "The RAM disk is not what is mounted at /mnt."


def test_own_setting(machine):
    """Alpha, and nobody else, answers to the name `borrowed`."""
    ask = "cat /proc/sys/kernel/hostname"
    name = machine("alpha").check_output(ask)
    assert name == "borrowed", f"Alpha's kernel still calls it {name}."
    for other in ("vm", "beta", "host"):
        assert machine(other).check_output(ask) != "borrowed", f"The name reached {other} as well."
