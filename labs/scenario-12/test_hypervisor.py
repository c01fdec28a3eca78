"""Two VMs side by side, and who carries them."""


def processes(on_host, domain):
    """The host's processes that carry a VM."""
    return on_host.run("pgrep -f %s", f"^[^ ]*qemu.* guest={domain},").stdout.split()


def test_both_vms_run_at_once(on_host, machine, engine_name):
    """Two VMs run on one computer at the same time, each with a kernel of its own."""
    running = on_host.check_output("virsh --quiet --connect qemu:///system list --name").split()
    for name in ("small", "large"):
        assert engine_name(name) in running, f"The hypervisor does not list {engine_name(name)} among what runs."
    starts = {machine(name).check_output("cat /proc/sys/kernel/random/boot_id") for name in ("host", "small", "large")}
    assert len(starts) == 3, "Two of host, small and large show the same boot id: they share a running kernel."


def test_each_vm_is_one_process(on_host, engine_name, size_of):
    """For the host's kernel each VM is one process, with a thread for every processor of the VM."""
    for name in ("small", "large"):
        pids = processes(on_host, engine_name(name))
        assert len(pids) == 1, f"The host has {len(pids)} processes for {engine_name(name)}; it should be one."
        threads = on_host.check_output(f"cat /proc/{pids[0]}/task/*/comm").count("CPU ")
        _, cpus = size_of(name)
        assert threads == cpus, f"{name} has {cpus} processors, but its process has {threads} threads for them."


def test_vm_has_the_hardware_that_was_described(machine, size_of):
    """The VM finds the memory and the processors that the hypervisor was told to give it, not the host's."""
    for name in ("small", "large"):
        mib, cpus = size_of(name)
        found = int(machine(name).check_output("nproc --all"))
        assert found == cpus, f"{name} was to have {cpus} processors and finds {found}."
        total = int(machine(name).check_output("sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo")) // 1024
        # The kernel keeps a part for itself before it counts.
        assert 0.7 * mib < total <= mib, f"{name} was to have {mib} MiB of memory and finds {total}."


def test_vm_knows_that_it_is_carried(vm):
    """The VM's hardware names its hypervisor: the processor has the flag, the firmware the maker QEMU."""
    assert vm.run("grep -q -w hypervisor /proc/cpuinfo").succeeded, "The VM's processor does not tell of a hypervisor."
    maker = vm.run("cat /sys/class/dmi/id/sys_vendor").stdout.strip()
    assert maker == "QEMU", f"The VM's firmware names {maker} as the maker: this is not the machine we described."


def test_container_has_no_hypervisor_of_its_own(container, on_host):
    """The container sees the host's processors: nothing carries it but the host's kernel."""
    model = "sed -n 's/^model name.*: //p' /proc/cpuinfo | sort -u"
    flag = "grep -c -w hypervisor /proc/cpuinfo"
    for question in (model, flag):
        inside, outside = container.run(question).stdout, on_host.run(question).stdout
        assert inside == outside, f"The container sees other processors than the host: {inside.strip()}."
