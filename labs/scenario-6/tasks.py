"""Whether the goals of the tasks are met."""

SOME = (96, 200)
"""Limits in MiB under which the program is tried."""


def test_half(machine, on_host, engine_name):
    """The program prints half of what it may use, with a limit and without."""
    program = machine("open").run("cat /root/half")
    assert program.succeeded, "There is no file /root/half in open yet."
    image = on_host.check_output("docker inspect --format '{{.Image}}' %s", engine_name("open"))
    lab, _, scenario = engine_name("open").removesuffix("-open").partition("-")
    run = f"docker run --rm --label lab.name={lab} --label lab.scenario={scenario}"
    for limit in SOME:
        said = on_host.run(f"{run} --memory {limit}m {image} sh -c %s", program.stdout).stdout.strip() or "nothing"
        assert said == str(limit // 2), f"In a container that may use {limit} MiB it prints {said}."
    host = int(on_host.check_output(f"{run} {image} awk '/^MemTotal/ {{print $2}}' /proc/meminfo")) // 2048
    said = on_host.run(f"{run} {image} sh -c %s", program.stdout).stdout.strip() or "nothing"
    assert said.isdigit() and abs(int(said) - host) <= 1, f"In a container without a limit it prints {said}."
