"""Whether the goals of the tasks are met."""

import json


def test_graceful(on_host, engine_name):
    """The shop was process 1, heard that it was to end, and said good-bye."""
    found = on_host.run("docker inspect %s", engine_name("shop"))
    assert found.succeeded, "There is no container of that name yet."
    shop = json.loads(found.stdout)[0]
    tidy = json.loads(on_host.check_output("docker inspect %s", engine_name("tidy")))[0]
    assert shop["Image"] == tidy["Image"], "The container is there, but of another image than tidy."
    for label in ("lab.name", "lab.scenario"):
        same = (shop["Config"]["Labels"] or {}).get(label) == tidy["Config"]["Labels"][label]
        assert same, f"The container has not tidy's label {label}: `down` would not find it."
    assert not shop["HostConfig"].get("Init"), "An init stands before your program."
    name = engine_name("shop")
    on_host.check_output("docker stop --time 5 %s", name)
    before = on_host.check_output("docker logs %s 2>&1 | grep -c '^open$' || true", name)
    on_host.check_output("docker start %s", name)
    state = f"docker inspect --format '{{{{.State.Status}}}}' {name}"
    opened = f"[ $(docker logs {name} 2>&1 | grep -c '^open$') -gt {before} ]"
    on_host.run(f"for _ in $(seq 50); do {opened} && break; [ $({state}) = running ] || break; sleep 0.2; done")
    assert on_host.run(f"{opened} && sleep 1 && [ $({state}) = running ]").succeeded, (
        "Started, it does not print `open` and serve on: it ends by itself, or says nothing."
    )
    on_host.check_output("docker stop --time 5 %s", name)
    status = on_host.check_output("docker inspect --format '{{.State.ExitCode}}' %s", name)
    assert status == "0", f"At `docker stop` it ended with status {status}: it was killed, or went wrong."
    lines = on_host.check_output("docker logs %s 2>&1", name).splitlines()
    assert lines and lines[-1] == "bye", "The last line that it printed is not `bye`."
