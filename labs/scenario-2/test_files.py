"""Where files lie, who sees them, and what they outlive."""

import json


def inspect(on_host, name):
    return json.loads(on_host.check_output("docker inspect --size %s", name))[0]


def kind_of(place, path):
    return place.check_output("stat --file-system --format %s %s", "%T", path)


def test_container_stands_on_layers(container, on_host):
    """The container's root is an overlay of layers, not a disk."""
    assert kind_of(container, "/") == "overlayfs", "The container's root is not an overlay. Which storage driver is it?"


def test_vm_has_a_disk_with_a_partition(vm):
    """The VM has a disk of its own, with a partition and a file system on it."""
    assert "part" in vm.check_output("lsblk --noheadings --list --output TYPE").split(), (
        "The VM's disk has no partition."
    )
    assert kind_of(vm, "/") == "ext2/ext3", "The VM's root is not a file system on a disk of its own."


def test_a_write_goes_to_the_layer_of_one_container(machine, on_host, engine_name):
    """What a container writes is in its own writable layer, and not in its neighbour of the same image."""
    machine("writer").check_output("touch /etc/mark")
    try:
        assert not machine("reader").file("/etc/mark").exists, "Reader sees what writer wrote to its own root."
        changed = on_host.check_output("docker diff %s", engine_name("writer"))
        assert "A /etc/mark" in changed.splitlines(), "Docker does not list the file as a change of writer's own."
    finally:
        machine("writer").check_output("rm /etc/mark")


def test_volume_is_mounted_in_writer(machine):
    """Writer has the volume at /data, and may write to it."""
    assert machine("writer").mount_point("/data").exists, (
        "Nothing is mounted at /data in writer: files there die with it."
    )
    assert machine("writer").run("touch /data/.check && rm /data/.check").succeeded, (
        "Writer may not write to the volume."
    )


def test_volume_is_shared(machine):
    """What writer puts on the volume, reader sees at once."""
    machine("writer").check_output("echo shared >/data/.shared")
    try:
        found = machine("reader").run("cat /data/.shared")
        assert found.stdout.strip() == "shared", "Reader does not see writer's file: they do not share the volume."
    finally:
        machine("writer").check_output("rm /data/.shared")


def test_reader_may_not_write(machine):
    """Reader's mount is read-only, for root as well."""
    refused = machine("reader").run("touch /data/.reader")
    assert refused.failed and "Read-only file system" in refused.stderr, "Reader may write to the volume."


def test_volume_is_not_the_containers_own(machine, on_host, engine_name):
    """What lies on the volume is none of the container's own files: Docker counts it to the engine."""
    machine("writer").check_output("touch /root/.own /data/.not-own")
    try:
        changed = on_host.check_output("docker diff %s", engine_name("writer")).splitlines()
        assert "A /root/.own" in changed, "Docker does not list a file that writer wrote under /root."
        assert not [line for line in changed if line.endswith("/data/.not-own")], (
            "Docker counts the file under /data to writer's own layer: it will go with the container."
        )
    finally:
        machine("writer").check_output("rm /root/.own /data/.not-own")


def test_volume_outlives_its_containers(on_host, engine_name):
    """What one container wrote to the volume is there for the next, when the first was removed."""
    image = on_host.check_output("docker inspect --format '{{.Image}}' %s", engine_name("reader"))
    lab, _, scenario = engine_name("data").removesuffix("-data").partition("-")
    labels = f"--label lab.name={lab} --label lab.scenario={scenario}"
    run = f"docker run --rm {labels} --volume {engine_name('data')}:/data {image} sh -c"
    on_host.check_output(f"{run} 'echo mine >/data/.outlives'")
    found = on_host.run(f"{run} 'cat /data/.outlives && rm /data/.outlives'")
    assert found.stdout.strip() == "mine", "What the first container wrote to the volume went with it."


def test_bind_mount_is_the_hosts_own_file(machine, on_host, engine_name):
    """The bind mount shows the host's own file: same device, same inode."""
    source = next(m["Source"] for m in inspect(on_host, engine_name("writer"))["Mounts"] if m["Type"] == "bind")
    same = "stat --format %s %s/letter.txt"
    assert machine("writer").check_output(same, "%d:%i", "/lesson") == on_host.check_output(same, "%d:%i", source), (
        "The file in the container is another one than the host's: it was copied, not mounted."
    )


def test_bind_mount_is_read_only(machine):
    """The lesson's folder may be read in the container, not written."""
    # The last line is of the mount that lies on top.
    options = machine("writer").check_output(
        "findmnt --noheadings --output VFS-OPTIONS --mountpoint /lesson | tail -n 1"
    )
    refused = machine("writer").run("touch /lesson/letter.txt").failed
    assert refused and "ro" in options.split(","), "The container may write to the host's folder."


def test_tmpfs_lies_in_memory(machine):
    """/scratch lies in memory."""
    assert kind_of(machine("writer"), "/scratch") == "tmpfs", "/scratch is not a tmpfs: what is there goes to the disk."


def test_numbers_travel_names_do_not(machine, on_host, engine_name):
    """A file on the volume carries its owner's number into the other container."""
    machine("writer").check_output("touch /data/.owned && chown 2000 /data/.owned")
    try:
        owner = machine("reader").check_output("stat --format %u /data/.owned")
        assert owner == "2000", f"In reader the file belongs to number {owner}."
    finally:
        machine("writer").check_output("rm /data/.owned")
