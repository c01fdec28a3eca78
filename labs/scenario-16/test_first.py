"""What the first process of a container has to do, and what reaches it."""

import contextlib

import pytest


@pytest.fixture
def once(on_host, engine_name):
    """A container of tidy's image for the time of a block: ``with once("--init") as name``."""
    image = on_host.check_output("docker inspect --format '{{.Config.Image}}' %s", engine_name("tidy"))
    lab, _, scenario = engine_name("tidy").removesuffix("-tidy").partition("-")
    name = engine_name("once")

    @contextlib.contextmanager
    def running(*options):
        labels = f"--label lab.name={lab} --label lab.scenario={scenario} --name {name}"
        try:
            on_host.check_output(f"docker run --detach {labels} {' '.join(options)} {image} sleep 600")
            yield name
        finally:
            on_host.run("docker rm --force %s", name)

    return running


def test_an_init_stands_first_in_the_labs_containers(container):
    """In the lab's containers process 1 is an init, and not the program itself."""
    first = container.check_output("cat /proc/1/comm")
    assert first in ("docker-init", "tini"), f"Process 1 is {first}: who will pass signals on and bury the dead?"


def test_vm_has_an_init_of_its_own(vm):
    """In the VM process 1 is the init of an operating system."""
    first = vm.check_output("cat /proc/1/comm")
    assert first == "systemd", f"Process 1 of the VM is {first}."


def test_process_1_hears_only_what_it_answers(on_host, once):
    """As process 1 a program without an answer to SIGTERM is not reached by it; as the child of an init it is."""
    with once() as name:
        on_host.check_output("docker stop --time 3 %s", name)
        status = on_host.check_output("docker inspect --format '{{.State.ExitCode}}' %s", name)
        assert status == "137", f"It ended with status {status}, and was not killed: the signal reached process 1."
    with once("--init") as name:
        on_host.check_output("docker stop --time 30 %s", name)
        status = on_host.check_output("docker inspect --format '{{.State.ExitCode}}' %s", name)
        assert status == "143", f"Below an init it ended with status {status}, and not by SIGTERM."


def test_an_init_buries_the_dead(on_host, once):
    """Orphans that end become zombies below a process 1 that never asks, and not below an init."""
    make = "docker exec %s sh -c 'for each in 1 2 3; do sh -c \"sleep 0.2 &\"; done'"
    over = "until ! docker exec %s pgrep -f '^sleep 0.2' >/dev/null; do :; done"
    count = "docker exec %s sh -c \"grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l\""
    for options, wanted in (((), "3"), (("--init",), "0")):
        with once(*options) as name:
            on_host.check_output(make, name)
            on_host.check_output(over, name)
            found = on_host.check_output(count, name)
        first = "an init" if options else "a sleep"
        assert found == wanted, f"Where {first} is process 1, three orphans leave {found} zombies, and not {wanted}."


def test_process_1_is_killed_from_outside_alone(on_host, once):
    """Root inside cannot kill process 1; the host can, and the container ends with it."""
    with once() as name:
        on_host.run("docker exec %s kill -9 1", name)
        killed = on_host.run("docker kill %s", name)  # the engine hears of an end from inside a moment late
        state = on_host.check_output("docker inspect --format '{{.State.Status}}' %s", name)
        assert killed.rc == 0, f"Process 1 was told to end from inside, and the container is {state}."
        status = on_host.check_output("docker wait %s", name)
        assert status == "137", f"Process 1 was killed from outside, and the container ended with status {status}."
