"""Whether the goals of the tasks are met."""

LISTENS = "ss -Hltn | grep -q ':9090 '"


def test_same_port(machine):
    """Red listens on port 9090, and nobody else does."""
    assert machine("red").run(LISTENS).succeeded, "Nothing listens on port 9090 in red."
    for name in ("vm", "blue"):
        assert machine(name).run(LISTENS).failed, f"Something listens on port 9090 in {name} too."


def test_stop_blue(machine):
    """A process of blue was ended from the host, by its number there."""
    blue = machine("blue")
    written = blue.run("cat /root/ended").stdout.strip()
    assert written, "There is no number in /root/ended in blue yet."
    assert blue.run("pgrep -u learner -x sleep").failed, "The learner's sleep still runs in blue."
    # Numbers inside a young container are small; the host has counted further long before.
    latest = int(blue.check_output("sh -c 'echo $$'"))
    assert int(written) > latest, f"{written} is the number that the process had inside. The host counts further."


def test_wrong_time(machine):
    """It is the year 2000 on the VM alone."""
    assert machine("vm").check_output("date -u +%Y") == "2000", "On the VM it is not the year 2000."
    for name in ("host", "red", "blue"):
        assert machine(name).check_output("date -u +%Y") != "2000", f"The time of {name} has changed as well."
