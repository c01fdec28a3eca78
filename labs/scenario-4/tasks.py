"""Whether the goals of the tasks are met."""

SCRIPTS = {
    "deploy.sh": "deployed",
    "start.sh": "started",
    "report.sh": "Total: 3\nsent",
    "greet.py": "hello",
    "tool.sh": "works",
}
"""What each script in /srv/work should say."""


def test_cured_by_hand(machine):
    """The project in /srv/work of the container runs on Linux."""
    box = machine("box")
    dirty = box.run(r"grep -r -l -P '\r$|^\xef\xbb\xbf' /srv/work").stdout.split()
    assert not dirty, f"There are still bytes from Windows in {', '.join(dirty)}."
    for script, result in SCRIPTS.items():
        answer = box.run("cd /srv/work && bash -c %s", f"./{script}")
        said = (answer.stdout + answer.stderr).strip()
        assert said == result, f"{script} should say {result!r}. It says {said!r}."
    link = box.run("cat /srv/work/current/version.txt")
    assert link.stdout == "two\n", "The path current/version.txt leads nowhere yet."


def test_stick(machine):
    """A FAT file system is mounted on /srv/stick in the VM, and holds the project as a tar that keeps the link."""
    vm = machine("vm")
    kind = vm.run("findmnt -n -o FSTYPE /srv/stick").stdout.strip()
    assert kind == "vfat", "There is no FAT file system mounted on /srv/stick yet."
    listed = vm.run("tar -tvf /srv/stick/project.tar")
    assert listed.succeeded, "/srv/stick/project.tar is no tar file yet."
    lines = [line for line in listed.stdout.splitlines() if line.startswith("l") and line.endswith("-> releases/2")]
    assert lines, "The tar holds no symbolic link to releases/2: was it made from the project in /srv/cured?"


def test_any_case(machine):
    """/srv/anycase in the VM is a folder where case does not count."""
    vm = machine("vm")
    assert vm.run("test -d /srv/anycase").succeeded, "There is no folder /srv/anycase in the VM yet."
    probe = "cd /srv/anycase && echo 1 >Probe$$ && cat pROBE$$; status=$?; rm -f Probe$$; exit $status"
    assert vm.run(probe).succeeded, "A file Probe in /srv/anycase is not found under the name pROBE."
