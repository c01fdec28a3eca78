"""The learner of a machine, and the sandbox."""

import pytest

LEARNER = "setpriv --reuid=learner --regid=learner --clear-groups env --unset=XDG_RUNTIME_DIR"


@pytest.fixture
def learner():
    """A function: ``learner(place, "id -u")`` is what a command of the learner answers there."""

    def run(place, command, *arguments):
        return place.run(f"cd /tmp && {LEARNER} {command}", *arguments)

    return run


@pytest.fixture
def sandbox(learner):
    """A function: ``sandbox(vm, "id -u")`` is what a command of the learner answers there, in gVisor."""

    def run(place, command, *arguments):
        return learner(place, f"runsc --rootless --network=none --ignore-cgroups do {command}", *arguments)

    return run
