"""Whether the goals of the tasks are met."""


def opens(place):
    """Whether the lock opens for a wrong key."""
    return place.check_output("lab-lock wrong-key") == "open"


def patch_of(place):
    """The installed version of lab-lock, if its files are those of the package; nothing if they were tampered with."""
    return place.check_output("dpkg --verify lab-lock | grep -q . || dpkg-query -W -f '${Version}' lab-lock")


def test_vms_patched(machine):
    """The hole in lab-lock is closed on both VMs."""
    for name in ("vm", "vm2"):
        vm = machine(name)
        assert patch_of(vm) == "1.1", f"On {name} the package lab-lock 1.1 is not installed, or was changed by hand."
        assert not opens(vm), f"On {name} the lock opens for a wrong key."
        assert vm.check_output("lab-lock sesame") == "open", f"On {name} the lock does not open for the right key."


def test_image_patched(machine, on_host, engine_name):
    """The hole in lab-lock is closed in both containers, and in the next container of their image as well."""
    for name in ("one", "two"):
        assert not opens(machine(name)), f"In {name} the lock opens for a wrong key."
        image = on_host.check_output("docker inspect --format '{{.Image}}' %s", engine_name(name))
        assert patch_of(machine(name)) == "1.1", f"In {name} the package lab-lock 1.1 is not installed, or was changed."
        fresh = on_host.check_output("docker run --rm %s lab-lock wrong-key", image)
        assert fresh == "closed", f"{name} is patched, its image is not: the next container made from it has the hole."
