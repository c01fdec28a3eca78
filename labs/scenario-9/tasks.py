"""Whether the goals of the tasks are met."""

import json

RUNNING = "docker ps --quiet --filter label=com.docker.swarm.service.name=shop"


def service(vm):
    """What the swarm knows of the service shop; nothing when there is none."""
    answer = vm.run("docker service inspect shop")
    return json.loads(answer.stdout)[0] if answer.succeeded else {}


def replicas_of(found):
    """How many replicas a service wants; nothing when its number is not fixed."""
    return found["Spec"]["Mode"].get("Replicated", {}).get("Replicas")


def running(vm):
    return set(vm.check_output(RUNNING).split())


def test_heals_itself(machine):
    """The service shop has three replicas again after one was removed."""
    vm = machine("vm")
    found = service(vm)
    assert found, "There is no service `shop` in the VM: who should know how many containers there shall be?"
    wanted = replicas_of(found)
    assert wanted == 3, f"The service wants {wanted} replicas."
    image = found["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"]
    assert image.startswith("localhost/busybox"), f"The service runs the image {image}."
    before = running(vm)
    assert len(before) == 3, f"{len(before)} replicas of the service run."
    victim = min(before)
    vm.check_output("docker rm --force %s", victim)
    # What shall run is decided at once; a replica that is to be replaced is so much as planned.
    planned = "docker service ps --quiet --filter desired-state=running --filter desired-state=ready shop"
    healed = f"""
        until [ "$({RUNNING} | grep -cv {victim})" = 3 ]; do
            planned=$({planned}) && [ "$(echo "$planned" | wc -l)" -lt 3 ] && exit 1
            sleep 0.3
        done"""
    assert vm.run("timeout 180 sh -c %s", healed).succeeded, "After one was removed there are not three again."


def test_roll_out(machine):
    """The service shop was brought to version 2 in five replicas."""
    vm = machine("vm")
    found = service(vm)
    assert found, "There is no service `shop` in the VM."
    wanted = replicas_of(found)
    assert wanted == 5, f"The service wants {wanted} replicas."
    environment = found["Spec"]["TaskTemplate"]["ContainerSpec"].get("Env", [])
    assert "VERSION=2" in environment, f"The service starts its replicas with these variables: {environment}."
    before = found.get("PreviousSpec", {}).get("TaskTemplate", {}).get("ContainerSpec", {}).get("Env", [])
    assert before and "VERSION=2" not in before, "The service did not run with another version before its last update."
    order = found["Spec"].get("UpdateConfig", {}).get("Order")
    assert order == "start-first", f"The update stops an old replica before it starts a new one: its order is {order}."
    # The last of the old ones may still be on its way out.
    vm.run("timeout 60 sh -c %s", f'until [ "$({RUNNING} | wc -l)" = 5 ]; do sleep 0.3; done')
    variables = [
        vm.check_output("docker inspect --format %s %s", "{{.Config.Env}}", replica) for replica in running(vm)
    ]
    new = [each for each in variables if "VERSION=2" in each]
    assert len(new) == len(variables) == 5, f"{len(variables)} replicas run, {len(new)} of them in version 2."
