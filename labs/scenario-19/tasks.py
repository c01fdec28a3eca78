"""Whether the goals of the tasks are met."""

import json
import time

LOOK = """
import json, os, subprocess
found = []
def link(number, wall):
    return os.readlink(f"/proc/{number}/ns/{wall}")
for number in filter(str.isdigit, os.listdir("/proc")):
    try:
        with open(f"/proc/{number}/status") as file:
            told = dict(line.rstrip().split(":", 1) for line in file)
        with open(f"/proc/{number}/uid_map") as file:
            maps = [line.split() for line in file]
        if told["Uid"].split()[0] != "2000" or link(number, "user") == link(1, "user"):
            continue
        ask = ["nsenter", "--target", number, "--uts", "uname", "-n"]
        name = subprocess.run(ask, capture_output=True, text=True).stdout
        found.append({
            "root": any(line[:2] == ["0", "2000"] for line in maps),
            "first": told["NSpid"].split()[-1] == "1" and link(number, "pid") != link(1, "pid"),
            "name": name.strip() if link(number, "uts") != link(1, "uts") else "",
            "files": not os.path.samefile(f"/proc/{number}/root", "/")
                and not os.path.exists(f"/proc/{number}/root/etc/shadow"),
        })
    except OSError:
        pass
print(json.dumps(found))
"""


def test_ship(machine):
    """A process of the learner is root and process 1 of a container that the learner made."""
    found = json.loads(machine("vm").check_output("python3 -c %s", LOOK))
    assert found, "No process of the learner is in a user namespace of its own."
    found = [each for each in found if each["root"]]
    assert found, "None of the learner's processes is root in its namespace."
    found = [each for each in found if each["first"]]
    assert found, "None of them is process 1 of a namespace of processes."
    found = [each for each in found if each["name"] == "ship"]
    assert found, "None of them has a host name of its own that is ship."
    assert any(each["files"] for each in found), "It has the machine's files: its root is not a folder of its own."


def test_cell(machine):
    """A sandbox of the learner, called cell, shares one folder with the machine and nothing else."""
    vm, word = machine("vm"), str(time.time_ns())
    runsc = "runsc --root /home/learner/cells"
    inside = f"{runsc} exec cell /bin/sh -c %s"
    state = vm.run(f"{runsc} state cell")
    assert state.succeeded, "There is no sandbox called cell in /home/learner/cells."
    told = json.loads(state.stdout)
    assert told["status"] == "running", f"The sandbox called cell is {told['status']}."
    owner = vm.check_output("stat --format %%u /proc/%s", str(told["pid"]))
    assert owner == "2000", f"The sandbox's processes belong to {owner}, not to the learner."
    apart = "/home/learner/check-secret"
    try:
        vm.check_output("echo %s >%s", word, apart)
        said = vm.run(inside, f"[ ! -e {apart} ] || echo seen; echo {word} >/out/check; echo over").stdout.split()
        found = vm.run("cat /home/learner/out/check").stdout.strip()
    finally:
        vm.run("rm -f %s /home/learner/out/check", apart)
    assert "over" in said, "There is no /bin/sh in the sandbox."
    assert found == word, "What is written under /out in there is not in /home/learner/out."
    assert "seen" not in said, "The machine's files can be read in there."
