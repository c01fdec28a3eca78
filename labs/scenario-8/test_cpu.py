"""Which programs a kernel starts, and who decides it."""

import contextlib
from errno import EACCES, EPERM

ARM64 = "/srv/cpu/busybox.arm64"
EMULATOR = "/usr/bin/qemu-aarch64-static"
TABLE = "/proc/sys/fs/binfmt_misc"
MAGIC = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
MASK = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
MACHINES = {"amd64": 62, "arm64": 183, "s390x": 22}  # elf.h: EM_X86_64, EM_AARCH64, EM_S390

OPEN_THE_TABLE = """
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b"binfmt_misc", b"/tmp/check", b"binfmt_misc", 0, None):
    sys.exit(ctypes.get_errno())
libc.umount(b"/tmp/check")
"""


def header(place, path):
    """The number of the CPU in a program's header, in the order of bytes that the header tells."""
    found = bytes.fromhex(place.check_output("od -A n -v -t x1 -N 20 %s", path).replace("\n", " "))
    return int.from_bytes(found[18:20], "little" if found[5] == 1 else "big")


def started(place, path):
    """What the program says of its CPU, or the kernel's reason why it does not start."""
    answer = place.run("bash -c %s", f"{path} uname -m")  # `env` would take a refused file for a script
    return answer.stdout.strip() or answer.stderr.strip().rpartition(": ")[2]


@contextlib.contextmanager
def empty_table(vm):
    """The VM's kernel without any entry in its table; a learner may have made some."""
    vm.check_output(f"test -e {TABLE}/status || mount -t binfmt_misc binfmt_misc {TABLE}")
    vm.check_output(f"echo 0 >{TABLE}/status")
    try:
        yield
    finally:
        vm.check_output(f"echo 1 >{TABLE}/status")


@contextlib.contextmanager
def registered(vm):
    """The VM's kernel with an entry for arm64."""
    vm.check_output(f"test -e {TABLE}/register || mount -t binfmt_misc binfmt_misc {TABLE}")
    vm.check_output("printf '%%s\\n' %s >%s", f":lab-check:M::{MAGIC}:{MASK}:{EMULATOR}:F", f"{TABLE}/register")
    try:
        yield
    finally:
        vm.check_output(f"echo -1 >{TABLE}/lab-check")


def test_program_tells_its_cpu(machine):
    """A program's header tells the CPU that it was built for."""
    for place in ("vm", "box"):
        for architecture, number in MACHINES.items():
            found = header(machine(place), f"/srv/cpu/busybox.{architecture}")
            assert found == number, (
                f"The header of busybox.{architecture} in {place} names the CPU {found}: it was built for another one."
            )


def test_kernel_refuses_a_foreign_program(vm):
    """The VM's kernel refuses a program for another CPU."""
    with empty_table(vm):
        answer = started(vm, ARM64)
    assert answer == "Exec format error", f"Asked to start a program for arm64, the VM answers: {answer}"


def test_container_starts_what_the_hosts_kernel_starts(container, on_host, scratch, engine_name):
    """A container starts a program for another CPU only if the host's kernel does."""
    on_host.check_output("mkdir -p %s", scratch)
    copy = f"{scratch}/busybox.check"  # busybox goes by the name it is called by
    on_host.check_output("docker cp %s %s", f"{engine_name('box')}:{ARM64}", copy)
    try:
        inside, outside = started(container, ARM64), started(on_host, copy)
    finally:
        on_host.run("rm -f %s", copy)
    assert inside == outside, (
        f"Asked to start a program for arm64, the container answers {inside!r} and the host {outside!r}: they do not "
        "have one kernel."
    )


def test_emulator_brings_a_cpu_and_no_kernel(machine):
    """User-mode emulation brings another CPU, and no other kernel."""
    for place in ("vm", "box"):
        said = machine(place).run(f"{EMULATOR} {ARM64} uname -m -r")
        assert said.succeeded, f"The emulator does not run the program in {place}: {said.stderr.strip()}"
        release, cpu = said.stdout.split()
        assert cpu == "aarch64", f"Under the emulator the program in {place} finds itself on {cpu}."
        kernel = machine(place).check_output("uname -r")
        assert release == kernel, f"Under the emulator the program in {place} names another kernel."


def test_registered_program_just_starts(vm):
    """Once its kernel knows the emulator, the VM starts a program for another CPU like any other."""
    with registered(vm):
        answer = started(vm, ARM64)
    assert answer == "aarch64", f"The emulator is in the kernel's table, and yet the program for arm64 says: {answer}"


def test_container_may_not_teach_the_kernel(container):
    """A container may not change what the host's kernel starts."""
    # By the system call: a container has no `mount`.
    answer = container.run("mkdir -p /tmp/check && python3 -c %s", OPEN_THE_TABLE)
    assert answer.rc in (0, EPERM, EACCES), f"The container could not even ask: {answer.stderr.strip()}"
    assert answer.rc != 0, (
        "The container may open the table of the host's kernel, and make the host start other programs. Was it started "
        "with --privileged?"
    )
