"""A declared state, and who brings it about: Compose when it is called, Swarm all the time."""

import contextlib

import pytest

COMPOSE = """
version: "2.4"
services:
  web: {image: localhost/busybox, command: sleep 1000, init: true, network_mode: host, scale: 3}
"""
HEALTH = """
version: "2.4"
services:
  shop:
    image: localhost/busybox
    container_name: check-shop
    command: sleep 1000
    healthcheck: {test: "test -e /check/go", interval: 1s, timeout: 60s, retries: 300}
    volumes: ["/tmp/check:/check"]
    init: true
    network_mode: host
  hasty:
    image: localhost/busybox
    container_name: check-hasty
    command: "true"
    depends_on: {shop: {condition: service_started}}
    network_mode: host
  patient:
    image: localhost/busybox
    container_name: check-patient
    command: "true"
    depends_on: {shop: {condition: service_healthy}}
    network_mode: host
"""
OF_COMPOSE = "docker ps --quiet --filter label=com.docker.compose.project=check"
OF_SWARM = "docker ps --quiet --filter label=com.docker.swarm.service.name=check"
WAIT = 4
"""Seconds in which something could happen that should not. Nothing announces that nothing will."""


def becomes(vm, command, number, seconds):
    """Whether a command lists so many containers within some seconds."""
    listed = f'until [ "$({command} | wc -l)" = {number} ]; do sleep 0.3; done'
    return vm.run("timeout %s sh -c %s", str(seconds), listed).succeeded


@contextlib.contextmanager
def declared(vm, file):
    """A Compose file in /tmp/check; it yields the command that brings up what it declares."""
    installed = vm.run("command -v docker-compose").succeeded  # else it is a part of the command docker
    compose = f"cd /tmp/check && COMPOSE_HTTP_TIMEOUT=600 {'docker-compose' if installed else 'docker compose'}"
    vm.check_output("mkdir -p /tmp/check && printf %%s %s >/tmp/check/docker-compose.yml", file)
    try:
        yield f"{compose} up --detach"
    finally:
        vm.check_output(f"{OF_COMPOSE} --all | xargs -r docker rm --force")
        vm.check_output("rm -r /tmp/check")


@pytest.fixture(scope="module")
def swarm(machine):
    """The VM as a swarm with a service of three replicas; a swarm of the learner's own is used, and left as it is."""
    vm = machine("vm")
    own = vm.check_output("docker info --format '{{.Swarm.LocalNodeState}}'") == "active"
    if not own:
        vm.check_output("docker swarm init --advertise-addr 127.0.0.1")
    vm.run("docker service rm check")
    options = "--detach --quiet --no-resolve-image --network host --init --restart-delay 0s"
    options += " --update-order start-first --update-monitor 1s --env VERSION=1"
    vm.check_output(f"docker service create {options} --name check --replicas 3 localhost/busybox sleep 1000")
    assert becomes(vm, OF_SWARM, 3, 180), "The swarm did not start three replicas within three minutes."
    yield vm
    vm.run("docker service rm check")
    if not own:
        vm.run("docker swarm leave --force")
    becomes(vm, OF_SWARM, 0, 60)


def test_compose_puts_right_when_it_is_called(vm):
    """Compose brings the declared number of containers back when it is called, and not before."""
    with declared(vm, COMPOSE) as up:
        vm.check_output(up)
        assert becomes(vm, OF_COMPOSE, 3, 60), "The file declares three containers, and Compose did not start three."
        victim = vm.check_output(OF_COMPOSE).split()[0]
        vm.check_output("docker rm --force %s", victim)
        left = vm.check_output(f"sleep {WAIT}; {OF_COMPOSE}").split()
        assert len(left) == 2, "There are three containers again, though nobody called Compose."
        vm.check_output(up)
        assert becomes(vm, OF_COMPOSE, 3, 60), "Compose was called and did not bring the third container back."


def test_compose_waits_for_health(vm):
    """Compose does not wait for a service's health, unless it is told to: then for a green health check."""
    state = "docker inspect --format '{{{{.State.Status}}}}' check-{}"
    comes = f'until [ "$({state})" = exited ]; do sleep 0.3; done'
    with declared(vm, HEALTH) as up:
        vm.check_output(f"({up}) >/tmp/check/log 2>&1 &")
        hasty = vm.run("timeout 180 sh -c %s", comes.format("hasty")).succeeded
        assert hasty, "Who depends on the start alone was not started."
        # Compose 2 has made it by now, Compose 1 has not.
        started = "docker ps --all --quiet --filter name=check-patient --filter status=running --filter status=exited"
        early = vm.check_output(f"sleep {WAIT}; {started}")
        assert not early, "The health check is red, and who depends on it was started."
        vm.check_output("touch /tmp/check/go")
        patient = vm.run("timeout 180 sh -c %s", comes.format("patient")).succeeded
        assert patient, "The health check is green, and who depends on it was not started."


def test_swarm_heals_by_itself(swarm):
    """Swarm brings the declared number of replicas back by itself."""
    victim = swarm.check_output(OF_SWARM).split()[0]
    swarm.check_output("docker rm --force %s", victim)
    # What shall run is decided at once; a replica that is to be replaced is so much as planned.
    planned = "docker service ps --quiet --filter desired-state=running --filter desired-state=ready check"
    settled = f"""
        until [ "$({OF_SWARM} | grep -cv {victim})" = 3 ]; do
            planned=$({planned}) && [ "$(echo "$planned" | wc -l)" -lt 3 ] && exit 1
            sleep 0.3
        done"""
    assert swarm.run("timeout 180 sh -c %s", settled).succeeded, (
        "After one was removed there are not three replicas again: nobody watches over the service."
    )


def test_swarm_scales(swarm):
    """Swarm starts and stops replicas when the declared number changes."""
    for number in (4, 3):
        swarm.check_output(f"docker service scale --detach check={number}")
        wanted = swarm.check_output("docker service inspect --format '{{.Spec.Mode.Replicated.Replicas}}' check")
        assert wanted == str(number), f"{number} replicas were declared, and the swarm wants {wanted}."
        assert becomes(swarm, OF_SWARM, number, 180), (
            f"{number} replicas were declared, and three minutes later others run."
        )


def update(swarm, version, order):
    """Change the version of the service; it returns the least number that ran meanwhile, and how many were started."""
    run = least = len(swarm.check_output(OF_SWARM).split())
    since = swarm.check_output("date +%s.%N")
    options = f"--quiet --no-resolve-image --update-order {order} --env-add VERSION={version}"
    swarm.check_output(f"docker service update {options} check")
    becomes(swarm, OF_SWARM, 3, 60)  # the last of the old ones may still be on its way out
    events = swarm.check_output(
        f"docker events --since {since} --until $(date +%s.%N) --filter label=com.docker.swarm.service.name=check "
        "--filter event=start --filter event=die --format '{{.Action}}'"
    ).split()
    for event in events:
        run += 1 if event == "start" else -1
        least = min(least, run)
    return least, events.count("start")


def test_swarm_rolls_out_one_by_one(swarm):
    """A rolling update with the order start-first never takes the service below its number; by default it does."""
    least, started = update(swarm, 2, "start-first")
    found = swarm.check_output(f"{OF_SWARM} | xargs docker inspect --format '{{{{.Config.Env}}}}'").splitlines()
    assert len(found) == 3 and all("VERSION=2" in each for each in found), (
        f"After the update these replicas run: {', '.join(found)}."
    )
    assert least == 3, f"While the version changed only {least} replicas ran for a time."
    assert started == 3, f"{started} replicas were started for an update of three."
    least, _ = update(swarm, 3, "stop-first")
    assert least == 2, f"With the default order, stop-first, {least} replicas ran at the least; it should be two."


def test_swarm_cannot_heal_without_a_machine(swarm):
    """Replicas that no machine may run wait, and nothing starts."""
    options = "--detach --quiet --no-resolve-image --constraint node.labels.room==true --name check-nowhere"
    swarm.check_output(f"docker service create {options} localhost/busybox sleep 1000")
    try:
        state = "docker service ps --format '{{.CurrentState}} {{.Error}}' check-nowhere"
        told = swarm.run(
            "timeout 60 sh -c %s", f"until {state} | grep -i 'running\\|no suitable node'; do sleep 0.3; done"
        )
        assert "no suitable node" in told.stdout, (
            f"The swarm does not say that no machine fits: {swarm.check_output(state)}"
        )
        count = swarm.check_output("docker ps --quiet --filter label=com.docker.swarm.service.name=check-nowhere")
        assert not count, "A replica runs, although no machine of the swarm fits."
    finally:
        swarm.run("docker service rm check-nowhere")
