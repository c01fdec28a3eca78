"""Whether Docker Engine stands between a container and the kernel."""

import json

import pytest

SETTINGS = "/etc/docker/daemon.json"


@pytest.fixture
def leaving(vm):
    """The VM's engine, told to leave its containers alone when it goes; afterwards it is there, and set as before."""
    before = vm.run("cat %s", SETTINGS)
    settings = json.dumps({**json.loads(before.stdout or "{}"), "live-restore": True})
    vm.check_output("mkdir -p /etc/docker && printf %%s %s >%s && systemctl reload docker", settings, SETTINGS)
    yield vm
    vm.check_output("systemctl start docker.socket docker")
    vm.run("docker rm --force check-counter")
    if before.succeeded:
        vm.check_output("printf %%s %s >%s", before.stdout, SETTINGS)
    else:
        vm.check_output("rm -f %s", SETTINGS)
    vm.check_output("systemctl reload docker")


def test_containers_go_on_without_the_engine(leaving):
    """A container runs on while Docker Engine is stopped: the engine does not stand between it and the kernel."""
    vm = leaving
    vm.run("docker rm --force check-counter")
    loop = "n=0; while sleep 0.5; do n=$((n+1)); echo $n >/count; done"
    vm.check_output("docker run --detach --network none --name check-counter localhost/busybox sh -c %s", loop)
    process = vm.check_output("docker inspect --format '{{.State.Pid}}' check-counter")
    vm.check_output("systemctl stop docker.socket docker")
    assert vm.run("docker ps").failed, "The engine answers, though it was stopped: what runs proves nothing."
    count = f"cat /proc/{process}/root/count"
    first = vm.run(count).stdout.strip() or "0"
    more = (
        f'until [ "$({count} 2>/dev/null || echo 0)" -gt {first} ]; do [ -e /proc/{process} ] || exit; sleep 0.2; done'
    )
    went_on = vm.run("timeout 60 sh -c %s", more).succeeded and vm.run("test -e %s", f"/proc/{process}").succeeded
    assert went_on, "Without the engine the container does not go on: it ended, or stands still."
