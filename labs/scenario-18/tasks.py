"""Whether the goals of the tasks are met."""

import secrets

import pytest


@pytest.fixture
def made(engine, on_host, engine_name):
    """What the engine tells of a container that the learner was to make: ``made("store")``."""

    def found(machine):
        there = on_host.run("docker container inspect %s", engine_name(machine)).succeeded
        assert there, f"There is no container {machine} of this scenario yet."
        container = engine.told(engine_name(machine))
        assert container["State"]["Running"], f"The container {machine} does not run."
        assert container["Image"] == engine.told(engine_name("back"))["Image"], (
            f"The container {machine} is of another image than back."
        )
        marks = container["Config"]["Labels"] or {}
        assert_marked(engine, marks, f"container {machine}")
        return container

    return found


def assert_marked(engine, marks, what):
    """Whether the lab will find it again."""
    wanted = engine.marks
    assert wanted.items() <= marks.items(), f"The {what} has not back's labels: `down` would not find it."


def test_back_room(engine, made, machine, on_host, engine_name):
    """The store is reached by back, in a network of its own, and not by front."""
    store, cellar, back = engine_name("store"), engine_name("cellar"), engine_name("back")
    published = made("store")["NetworkSettings"]["Ports"] or {}
    assert not any(published.values()), "A port of the store is published."
    addresses = engine.addresses(store)
    assert list(addresses) == [cellar], f"The store is in these networks: {', '.join(addresses) or 'none'}."
    assert_marked(engine, engine.told(cellar)["Labels"] or {}, "network cellar")
    found = machine("back").run("getent ahostsv4 store").stdout.split()[:1]
    assert found == [addresses[cellar]], "back does not find the store under its name."
    (said,) = engine.ask(machine("back"), "store:8080")
    assert not said.startswith("nobody"), f"back asked the store on port 8080, and got: {said}"
    (said,) = engine.ask(machine("front"), f"{back}:8080")
    assert not said.startswith("nobody"), f"front asked back on port 8080, and got: {said}"
    (said,) = engine.ask(machine("front"), f"{addresses[cellar]}:8080")
    assert said.startswith("nobody"), "front reaches the store as well."


def test_side_door(engine, made, machine, on_host, engine_name):
    """What listens on back's loopback lets front in by a door beside it."""
    back, door = engine_name("back"), engine_name("door")
    made("door")
    listens = machine("back").check_output("ss -Hltn 'sport = :7000' | awk '{print $4}'")
    assert listens == "127.0.0.1:7000", f"The service in back listens at {listens or 'no place'}."
    word = secrets.token_hex(8)
    try:
        machine("back").check_output("echo %s >/srv/word", word)
        (said,) = engine.ask(machine("front"), f"{back}:7001")
        assert not said.startswith("nobody"), f"front asked back on port 7001, and got: {said}"
        assert word in said, "On port 7001 somebody else answers than the service in back."
        on_host.check_output("docker pause %s", door)
        (said,) = engine.ask(machine("front"), f"{back}:7001")
        assert word not in said, "The door stood still, and front got in all the same."
    finally:
        on_host.run("docker unpause %s", door)
        machine("back").run("rm -f /srv/word")
