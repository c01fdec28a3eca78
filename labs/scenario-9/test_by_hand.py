"""What Docker Engine does by itself for a container that dies."""

import contextlib

WAIT = 4
"""Seconds in which something could happen that should not. Nothing announces that nothing will."""


@contextlib.contextmanager
def running(vm, policy):
    """A container that runs; it yields its name."""
    name = "check-container"
    vm.run("docker rm --force %s", name)
    vm.check_output(
        f"docker run --detach --init --network host --name {name} --restart {policy} localhost/busybox sleep 1000"
    )
    try:
        yield name
    finally:
        vm.run("docker rm --force %s", name)


def runs_after_a_while(vm, name):
    """Whether the container runs, some seconds later."""
    return vm.check_output(f"sleep {WAIT}; docker inspect --format '{{{{.State.Running}}}}' {name}") == "true"


def test_killed_by_hand_stays_dead(vm):
    """A container that was started by hand and dies stays dead."""
    with running(vm, "no") as name:
        vm.check_output("kill -9 $(docker inspect --format '{{.State.Pid}}' %s) && docker wait %s", name, name)
        assert not runs_after_a_while(vm, name), "The container runs again: something in the VM watches over it."


def test_restart_policy_heals_a_process(vm):
    """With the restart policy `always` the engine starts a container again whose process died."""
    with running(vm, "always") as name:
        vm.check_output("kill -9 $(docker inspect --format '{{.State.Pid}}' %s)", name)
        state = "docker inspect --format '{{.RestartCount}} {{.State.Status}}' " + name
        settled = f"until {state} | grep -E '^[1-9][0-9]* running|^0 exited'; do sleep 0.3; done"
        said = vm.run("timeout 120 sh -c %s", settled).stdout
        assert said.endswith("running\n"), "The engine did not start the container again, against its policy."


def test_restart_policy_heeds_a_command(vm):
    """The restart policy `always` does not bring back what `docker kill` stopped."""
    with running(vm, "always") as name:
        vm.check_output("docker kill %s", name)
        assert not runs_after_a_while(vm, name), "The container runs again, although a command stopped it."
