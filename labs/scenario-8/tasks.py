"""Whether the goals of the tasks are met."""


def test_arm64(machine):
    """The VM runs programs for arm64, in containers as well."""
    vm = machine("vm")
    cpu = vm.check_output("od -A n -v -t x1 -j 18 -N 2 /srv/cpu/busybox.arm64").split()
    assert cpu == ["b7", "00"], "/srv/cpu/busybox.arm64 is no program for arm64 any more: its header says otherwise."
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
    vm = machine("vm")
    vm.check_output("docker load --quiet --input /srv/cpu/mystery.tar && docker create --name check-mystery mystery")
    try:
        inside = vm.check_output("docker cp check-mystery:/bin/busybox - | tar -x -O | sha256sum")
    finally:
        vm.run("docker rm check-mystery")
    taken = vm.run("sha256sum </root/busybox")
    assert taken.succeeded, "There is no file /root/busybox in the VM yet."
    assert taken.stdout.strip() == inside, "/root/busybox is not the program that the image holds."
    written = vm.run("cat /root/architecture")
    assert written.succeeded, "There is no file /root/architecture in the VM yet."
    assert written.stdout.strip() == "s390x", (
        f"The file says {written.stdout.strip()}. The program in the image was built for another CPU."
    )
