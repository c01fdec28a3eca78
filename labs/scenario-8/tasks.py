"""Whether the goals of the tasks are met."""


def test_arm64(machine):
    """The VM runs programs for arm64, in containers as well."""
    vm = machine("vm")
    bare = vm.run("bash -c '/srv/cpu/busybox.arm64 uname -m'")
    assert bare.stdout.strip() == "aarch64", f"/srv/cpu/busybox.arm64 does not start yet: {bare.stderr.strip()}"
    vm.check_output("make-image task-arm64 linux arm64 /srv/cpu/busybox.arm64 | docker load -q")
    try:
        inside = vm.run("docker run --rm --network none --platform linux/arm64 task-arm64 uname -m")
    finally:
        vm.run("docker rmi -f task-arm64")
    assert inside.stdout.strip() == "aarch64", (
        "The VM itself runs the program, a container in it does not: the kernel looks for the emulator in the "
        f"container's file system. {inside.stderr.strip()}"
    )


def test_mystery(machine):
    """/root/architecture names the CPU that the program in the image was built for."""
    written = machine("vm").run("cat /root/architecture")
    assert written.succeeded, "There is no file /root/architecture in the VM yet."
    assert written.stdout.strip() == "s390x", (
        f"The file says {written.stdout.strip()}. The program in the image was built for another CPU."
    )
