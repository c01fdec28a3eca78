"""Whether the goals of the tasks are met."""

import json

UNIT = "modprobe@drm.service"


def test_less_to_boot(machine):
    """The VM booted without modprobe@drm.service."""
    vm = machine("vm")
    started = vm.check_output("/usr/bin/systemctl show --value -p InactiveExitTimestampMonotonic %s", UNIT)
    forbidden = vm.check_output("/usr/bin/systemctl show --value -p LoadState %s", UNIT) == "masked"
    assert started == "0" or not forbidden, f"{UNIT} is masked, but this boot had started it already."
    assert started == "0", f"The VM's last boot started {UNIT}."
    state = vm.run("/usr/bin/systemctl is-system-running").stdout.strip()
    assert state == "running", f"The VM booted without {UNIT}, but it is {state}: is anything else amiss?"


def test_spare(on_host, engine_name):
    """A started and paused container is kept in reserve."""
    found = on_host.run("docker inspect %s", engine_name("spare"))
    assert found.succeeded, "There is no container of that name yet."
    spare = json.loads(found.stdout)[0]
    box = json.loads(on_host.check_output("docker inspect %s", engine_name("box")))[0]
    assert spare["Image"] == box["Image"], "The container is there, but of another image than box."
    for label in ("lab.name", "lab.scenario"):
        same = spare["Config"]["Labels"].get(label) == box["Config"]["Labels"][label]
        assert same, f"The container has not box's label {label}: `down` would not find it."
    state = spare["State"]["Status"]
    assert state == "paused", f"The container is {state}: its process is not kept in memory, standing still."
