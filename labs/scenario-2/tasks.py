"""Whether the goals of the tasks are met."""

import json


def test_survive(machine, on_host, engine_name):
    """The diary outlived its writer."""
    writer, name = machine("writer"), engine_name("writer")
    assert writer.run("grep -qx survived /data/diary").succeeded, "There is no /data/diary with the word survived."
    assert writer.mount_point("/data").exists, "The diary lies in writer's own writable layer, not on the volume."
    assert machine("reader").run("grep -qx survived /data/diary").succeeded, "Reader does not see the diary."
    # When anything about the file was changed last. Unlike the time of its content nobody can set it.
    written = float(writer.check_output("stat --format %s /data/diary", "%.Z"))
    created = on_host.check_output(f"date --date \"$(docker inspect --format '{{{{.Created}}}}' {name})\" +%s.%N")
    assert written < float(created), "Writer is still the container that wrote the diary, or an older one."


def test_hand_over(machine):
    """The learner in reader reads the secret, and others do not."""
    reader = machine("reader")
    assert reader.file("/data/secret").exists, "There is no /data/secret yet."
    as_user = "setpriv --reuid %s --regid %s --clear-groups cat /data/secret"
    assert reader.run(as_user, "2000", "2000").succeeded, "The learner in reader may not read it."
    assert reader.run(as_user, "65534", "65534").failed, "Everybody in reader may read it."


def test_clean_layer(machine, on_host, engine_name):
    """A big file, and a clean layer."""
    # Where they lie is asked beside the layer's size: engines that keep images in containerd's store count no holes.
    inside, outside = (
        machine("writer").run(f"find {places} -xdev -type f -name big -size +8191k").stdout
        for places in ("/", "/data /scratch")
    )
    assert inside or outside, "There is no file called big of 8 MiB in writer."
    assert not inside, f"{inside.splitlines()[0]} lies in writer's own writable layer."
    inspected = json.loads(on_host.check_output("docker inspect --size %s", engine_name("writer")))[0]
    assert inspected["SizeRw"] < 2**20, f"Writer's own writable layer holds {inspected['SizeRw']} bytes."
