"""Who has a kernel of its own, and who borrows the host's."""

BOOT_ID = "/proc/sys/kernel/random/boot_id"
PANIC = "/proc/sys/kernel/panic"  # after how many seconds a kernel that gave up restarts
# Capabilities that reach the kernel itself, with their bits: capabilities(7), linux/capability.h
OVER_THE_KERNEL = {"CAP_SYS_MODULE": 16, "CAP_SYS_BOOT": 22, "CAP_SYS_TIME": 25, "CAP_SYSLOG": 34}


def read(place, path):
    return place.check_output("cat %s", path)


def release(place):
    return place.check_output("uname -srv")


def roots_capabilities(place):
    effective = int(place.check_output("sed -n 's/^CapEff://p' /proc/self/status"), 16)
    return {name for name, bit in OVER_THE_KERNEL.items() if effective >> bit & 1}


def test_vm_runs_a_start_of_its_own(vm, on_host):
    """The VM runs another kernel than the host: its boot id differs."""
    assert read(vm, BOOT_ID) != read(on_host, BOOT_ID), (
        f"The VM shows the host's boot id, so the host's kernel ({release(on_host)}) answers there: it is no VM."
    )


def test_vm_brought_its_kernel(vm):
    """The VM's kernel lies on its own disk, with the modules that belong to it."""
    kernel = vm.check_output("uname -r")
    for path in (f"/boot/vmlinuz-{kernel}", f"/lib/modules/{kernel}"):
        assert vm.file(path).exists, f"The VM runs kernel {kernel}, but has no {path}: it runs someone else's kernel."


def test_container_names_the_hosts_kernel(container, on_host):
    """The container's `uname` names the host's kernel."""
    assert release(container) == release(on_host), (
        f"The container runs {release(container)}, the host {release(on_host)}: this container does not use the "
        "host's kernel."
    )


def test_container_shares_the_hosts_start(container, on_host):
    """The container has the host's boot id: one running kernel serves both."""
    assert read(container, BOOT_ID) == read(on_host, BOOT_ID), (
        "The container's boot id differs from the host's: the container runs under a second kernel."
    )


def test_container_holds_no_kernel(container):
    """There is no kernel and no driver in the container's file system."""
    found = container.check_output("find /boot /lib/modules -name 'vmlinuz*' -o -name '*.ko*' 2>/dev/null | head -n 1")
    assert not found, f"The container holds {found}, though it never boots a kernel: its image carries dead weight."


def test_vm_may_change_its_kernel_and_the_host_notices_nothing(vm, on_host):
    """The VM changes a setting of its kernel, and the host's stays as it was."""
    hosts, before = read(on_host, PANIC), read(vm, PANIC)
    assert read(vm, BOOT_ID) != read(on_host, BOOT_ID), "The VM runs the host's kernel: a change would be the host's."
    other = "17" if hosts != "17" else "18"
    try:
        changed = vm.run("echo %s >%s", other, PANIC)
        assert changed.succeeded, f"The VM may not change kernel.panic: {changed.stderr.strip()}"
        assert read(on_host, PANIC) == hosts, "The VM changed kernel.panic, and it changed on the host: one kernel."
    finally:
        vm.run("echo %s >%s", before, PANIC)


def test_container_may_not_change_the_kernel(container, on_host):
    """The container reads the host's kernel setting and may not write it."""
    hosts = read(on_host, PANIC)
    assert read(container, PANIC) == hosts, "kernel.panic differs from the host's: the container has another kernel."
    assert container.run("echo %s >%s", hosts, PANIC).failed, (
        "The container may write kernel.panic, and so change it for the host and every other container. Was it started "
        "with --privileged?"
    )


def test_vms_root_rules_its_kernel(vm):
    """The VM's root has all power over the VM's kernel."""
    lacking = sorted(OVER_THE_KERNEL.keys() - roots_capabilities(vm))
    assert not lacking, f"Root in the VM lacks {', '.join(lacking)}: somebody else rules that kernel."


def test_containers_root_does_not_rule_the_kernel(container):
    """The container's root has no power over the kernel: Docker took those capabilities away."""
    has = sorted(roots_capabilities(container))
    assert not has, (
        f"Root in the container has {', '.join(has)}: it can reach the host's kernel. Was it started with --privileged?"
    )


def test_container_may_not_read_the_kernels_log(container):
    """The container may not read the kernel's log, which is the host's."""
    assert container.run("dmesg").failed, (
        "The container reads the kernel's log, and with it what the host and the other containers do. Was it started "
        "with --privileged?"
    )
