"""Three seats, from up to down: each is green, none gets out, grades cannot be written in a seat, nothing is left.

What a learner does is done here by root of a seat, through the same verb that an instructor has.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from provisioning import names
from provisioning.seats.check import viewed
from provisioning.seats.engine import Engine, connect
from provisioning.seats.seat import Seat
from provisioning.settings import Settings, load_settings
from tests.engine.conftest import LAB, lab, lab_json, sh
from tests.engine.test_readme import write_scenario

LEARNERS = ("김민지", "Bo", "Cy")
SCENARIO = "scenario-99"
"""The one of labs/README.md without its VM: an emulated one takes a minute to boot, and here it would show nothing."""
CONNECT = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor

def ask(target):
    family = socket.AF_INET6 if ":" in target[0] else socket.AF_INET
    with socket.socket(family) as asked:
        asked.settimeout(2)
        try:
            asked.connect(socket.getaddrinfo(*target, family, socket.SOCK_STREAM)[0][4])
        except OSError as error:
            return str(error)
        return "open"

targets = json.loads(sys.argv[1])
with ThreadPoolExecutor(len(targets)) as pool:
    print(json.dumps(dict(zip(map(str, targets), pool.map(ask, targets)))))
"""
HOARD = """
import os
children = 0
try:
    while children < 20000:
        if os.fork() == 0:
            os._exit(0)
        children += 1
except OSError:
    pass
print(children)
"""


def in_seat(number: int, script: str, *, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run a script as root of a seat."""
    return lab("class", "shell", str(number), piped=script, timeout=timeout)


def said(number: int, script: str) -> str:
    done = in_seat(number, script)
    assert done.returncode == 0, done.stderr
    return done.stdout


def python(number: int, program: str, argument: str = "") -> str:
    return said(number, f"python3 - '{argument}' <<'END'\n{program}\nEND\n")


def reached(number: int, targets: list[tuple[str, int]]) -> list[str]:
    """Return those of the addresses and ports that a seat can connect to."""
    answers = json.loads(python(number, CONNECT, json.dumps(targets)))
    assert len(answers) == len(set(targets))
    return [target for target, answer in answers.items() if answer == "open"]


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings({**os.environ, "LAB_NAME": LAB})


@pytest.fixture(scope="module")
def engine(seats: list[dict[str, Any]], settings: Settings) -> Engine:
    return connect(settings)


@pytest.fixture(scope="module", autouse=True)
def seats(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[dict[str, Any]]]:
    """The class is up, a seat for each learner."""
    done = lab("setup", "--class", "--yes")
    assert done.returncode == 0, done.stderr
    folder = tmp_path_factory.mktemp("class")
    write_scenario(folder, without=r"^  vm: .*\n|(?<=host, )vm, ")
    roster = folder / "class.csv"
    roster.write_text("name,mail\n" + "".join(f"{name},{name}@example.org\n" for name in LEARNERS))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LAB_SCENARIOS", str(folder))
        try:
            done = lab("class", "up", SCENARIO, "--roster", str(roster), "--yes", "--json", timeout=1800)
            assert done.returncode == 0, done.stderr
            yield json.loads(done.stdout)["seats"]
        finally:
            lab("class", "down")
    assert [name for name in things(settings) if "seat" in name] == []


def things(settings: Settings) -> list[str]:
    """Return all of the class that the engine and the kernel hold."""
    engine = connect(settings)
    found = [each["name"] for each in engine.instances()]
    found += [path for path in ("networks", "network-acls") for path in engine.query(f"/1.0/{path}") if LAB in path]
    return found + [line for line in sh("nft", "list", "tables").splitlines() if LAB in line]


@contextmanager
def listening(host: str = "0.0.0.0") -> Iterator[int]:  # noqa: S104 (that it is open to all is the point)
    """Have a service of this host listen at a free port of all its addresses. Yield the port."""
    with socket.create_server((host, 0)) as server:
        threading.Thread(target=_accept, args=(server,), daemon=True).start()
        yield server.getsockname()[1]


def _accept(server: socket.socket) -> None:
    try:
        while True:
            server.accept()[0].close()
    except OSError:
        return


def addresses() -> list[str]:
    """Return the addresses of this host."""
    found = json.loads(sh("ip", "-json", "-4", "address"))
    return [each["local"] for link in found for each in link["addr_info"] if not each["local"].startswith("127.")]


# -- it works


def test_each_learner_has_a_seat_that_is_green(seats: list[dict[str, Any]]) -> None:
    assert [(seat["learner"], seat["state"], seat["current"]) for seat in seats] == [
        (name, "running", True) for name in LEARNERS
    ]
    grades = lab_json("class", "check")
    assert [(grade["learner"], grade["failed"]) for grade in grades] == [(name, "") for name in LEARNERS]
    assert all(grade["holding"] == grade["checks"] > 0 for grade in grades)


def test_up_again_changes_nothing(seats: list[dict[str, Any]]) -> None:
    said(1, "touch /root/work")
    done = lab("class", "up", SCENARIO, "--seats", "3", "--json")
    assert done.returncode == 0, done.stderr
    assert [seat["learner"] for seat in json.loads(done.stdout)["seats"]] == list(LEARNERS)
    assert said(1, "ls /root/work") == "/root/work\n"


def test_too_many_are_refused_with_the_number_that_fits(seats: list[dict[str, Any]]) -> None:
    done = lab("class", "up", SCENARIO, "--seats", "200")
    assert done.returncode == 3
    assert "197 more seats do not fit on this host, " in done.stderr
    assert len(lab_json("class", "status")) == 3


# -- walls


def test_no_way_to_another_seat(seats: list[dict[str, Any]]) -> None:
    card = json.loads(said(2, "ip -json address show eth0"))[0]
    found = {each["family"]: each["local"] for each in card["addr_info"]}
    said(2, "setsid python3 -m http.server 8099 --bind :: >/dev/null 2>&1 </dev/null &")
    said(2, "until ss -Hltn 'sport = 8099' | grep -q .; do sleep 0.1; done")
    targets = [(found["inet"], 8099), (f"{found['inet6']}%eth0", 8099)]
    assert len(reached(2, targets)) == 2, "the service in the other seat does not answer in the seat itself"
    assert reached(1, targets) == []
    assert "lladdr" not in said(1, f"ip neigh show {found['inet']}"), "the other seat answered to ARP"
    for address in found.values():  # the other's hardware address may be known
        said(1, f"ip neigh replace {address} lladdr {card['address']} dev eth0 nud permanent")
    assert reached(1, targets) == []
    for name in ("lab-seat02", seats[1]["seat"], f"{seats[1]['seat']}.lxd"):
        assert in_seat(1, f"getent hosts {name}").returncode != 0


def test_no_way_to_this_host(seats: list[dict[str, Any]]) -> None:
    resolvers = [
        (address, int(port))
        for line in sh("ss", "-Hltn").splitlines()
        for address, _, port in [line.split()[3].rpartition(":")]
        if address in addresses()
    ]
    with listening() as port:
        open_here = [(address, port) for address in addresses()]
        for address, _ in open_here:
            socket.create_connection((address, port), 2).close()
        assert reached(1, [*open_here, *resolvers, (addresses()[0], 22)]) == []


def test_no_resolver_of_this_host_hears_a_seat(seats: list[dict[str, Any]]) -> None:
    """The engine lets port 53 through to every address of this host: a class's own table does not."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as resolver:
        try:
            resolver.bind(("0.0.0.0", 53))  # noqa: S104 (that it is open to all is the point)
        except OSError:
            resolver.bind((addresses()[0], 53))
        resolver.settimeout(2)
        python(1, f"import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'hello', ('{addresses()[0]}', 53))")
        with pytest.raises(TimeoutError):
            resolver.recvfrom(64)


def test_no_way_outside(seats: list[dict[str, Any]]) -> None:
    """A campus, in a network namespace behind this host, is reached by the host and not by a seat."""
    script = """
    ip netns add labcampus
    ip link add labcampus0 type veth peer name labcampus1 netns labcampus
    ip address add 10.191.255.1/30 dev labcampus0
    ip link set labcampus0 up
    ip -n labcampus address add 10.191.255.2/30 dev labcampus1
    ip -n labcampus link set labcampus1 up
    ip -n labcampus route add default via 10.191.255.1
    iptables -I FORWARD -o labcampus0 -j ACCEPT
    iptables -I FORWARD -i labcampus0 -j ACCEPT
    """
    program = "import socket; s = socket.create_server(('', 80)); print(flush=True)\nwhile True: s.accept()"
    subprocess.run(["sh", "-ec", script], check=True)
    try:
        argv = ["ip", "netns", "exec", "labcampus", "python3", "-c", program]
        with subprocess.Popen(argv, stdout=subprocess.PIPE) as campus:
            try:
                assert campus.stdout
                campus.stdout.readline()
                socket.create_connection(("10.191.255.2", 80), 2).close()
                assert reached(1, [("10.191.255.2", 80)]) == []
            finally:
                campus.kill()
    finally:
        for direction in ("-o", "-i"):
            subprocess.run(["iptables", "-D", "FORWARD", direction, "labcampus0", "-j", "ACCEPT"], check=False)
        subprocess.run(["ip", "netns", "delete", "labcampus"], check=False)


def test_nothing_of_the_engine_or_the_host_is_in_a_seat(seats: list[dict[str, Any]]) -> None:
    absent = ("/dev/kvm", "/dev/lxd/sock", "/dev/incus/sock", "/dev/vda", "/dev/sda", "/dev/mem", "/var/lib/lxd")
    assert said(1, f"ls -d {' '.join(absent)} 2>/dev/null; true") == ""
    assert in_seat(1, "mknod /root/disk b 254 0 && cat /root/disk").returncode != 0
    assert in_seat(1, "modprobe dummy || insmod /dev/null").returncode != 0


def test_root_of_a_seat_is_nobody_and_another_in_each(seats: list[dict[str, Any]]) -> None:
    ranges = [said(number, "cat /proc/self/uid_map").split() for number in (1, 2, 3)]
    starts = sorted(int(start) for _, start, _ in ranges)
    assert starts[0] >= 65536
    assert all(later - earlier >= 65536 for earlier, later in pairwise(starts))


@pytest.mark.parametrize("wish", ["security.privileged=true", "security.idmap.isolated=false"])
def test_the_engine_refuses_what_would_open_a_wall(seats: list[dict[str, Any]], engine: Engine, wish: str) -> None:
    refused = engine.ask("config", "set", seats[0]["seat"], wish)
    assert refused.status != 0
    assert "forbidden" in refused.stderr.lower() or "not allowed" in refused.stderr.lower()


# -- limits: what one seat does does no harm to another


def test_a_fork_bomb(seats: list[dict[str, Any]]) -> None:
    """The children end at once and nobody has waited for them: each is a process still, and takes no memory."""
    children = int(python(1, HOARD))
    assert 3000 < children < 4000
    assert said(2, "echo alive") == "alive\n"


def test_a_full_disk(seats: list[dict[str, Any]]) -> None:
    full = in_seat(1, "head -c 3G /dev/zero >/root/full; status=$?; sync; rm /root/full; exit $status")
    assert full.returncode != 0
    assert "quota" in full.stderr.lower() or "space" in full.stderr.lower()
    assert said(2, "head -c 10M /dev/zero >/root/some && sync && rm /root/some && echo alive") == "alive\n"


def test_memory_that_there_is_not(seats: list[dict[str, Any]]) -> None:
    """The program that wants it ends, and neither the seat nor another does."""
    assert in_seat(1, "python3 -c 'x = bytearray(3 * 2**30); print(len(x))'").returncode == 137
    assert [said(number, "echo alive") for number in (1, 2)] == ["alive\n"] * 2


# -- grades


GREEN = {"check": "a", "title": "a", "machines": [], "passed": True, "message": "", "seconds": 0}
FAKE = f"""#!/bin/sh
cat <<'JSON'
{json.dumps({"verdicts": [GREEN], "tasks": {"leave-a-note": GREEN}})}
JSON
"""
BEFORE_PYTHON = "import os; os.system('/root/fake'); os._exit(0)"
"""Python runs such a line of a file in the user's own folder before it begins."""


def test_a_learner_who_edits_the_seat_gains_nothing(seats: list[dict[str, Any]], engine: Engine) -> None:
    """The container is gone; the seat's lab, Python, Docker's client, scenario and libraries say that all is well."""
    said(3, "docker rm --force lab-scenario-99-box")
    said(3, f"cp /usr/bin/python3 /root/python; cat >/root/fake <<'END'\n{FAKE}END\nchmod 755 /root/fake")
    for victim in ("/usr/bin/python3", "/usr/bin/docker", "/root/lab/lab.py", "/root/lab/.venv/bin/python"):
        said(3, f"cp --remove-destination /root/fake {victim}")
    said(3, "find /root/lab/labs -name 'test_*.py' -exec sh -c 'echo \"def test_a(): pass\" >{}' ';'")
    site = "/root/.local/lib/python3.$minor/site-packages"
    script = f"for minor in 11 13; do mkdir -p {site}; cat >{site}/fake.pth <<'END'\n{BEFORE_PYTHON}\nEND\ndone"
    said(3, script)
    said(3, "echo /root/evil.so >/etc/ld.so.preload")
    (grade,) = lab_json_of_status(1, "class", "check", "3")
    assert (grade["learner"], grade["checks"], grade["holding"]) == ("Cy", 0, 0)
    assert "box of scenario-99 is not up" in grade["failed"]
    assert lab_json("class", "check", "2")[0]["holding"] > 0
    said(3, "touch /.lab-check || rmdir /.lab-check; touch /.lab-check")
    (grade,) = lab_json_of_status(1, "class", "check", "3")
    assert grade["failed"]
    assert lab("class", "reset", "3").returncode == 0
    asked = Seat(engine, seats[2]["seat"]).exec(viewed("true"))
    assert asked.status != 0, "what checks is in a seat while nobody checks"


def lab_json_of_status(status: int, *argv: str) -> Any:
    done = lab(*argv, "--json")
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


def test_a_met_task_is_a_grade_and_stays_one(seats: list[dict[str, Any]], tmp_path: Path) -> None:
    task = next(iter(lab_json("class", "check", "2")[0]["tasks"]))
    said(2, f"cd /root/lab && python3 lab.py hint {SCENARIO} {task} && python3 lab.py solve {SCENARIO} {task}")
    (grade,) = lab_json("class", "check", "Bo")
    assert grade["tasks"][task]["met"]
    assert grade["tasks"][task]["hints"] == 1
    assert lab("class", "reset", "Bo").returncode == 0
    (after,) = lab_json("class", "check", "Bo")
    assert not after["tasks"][task]["met"]
    assert after["tasks"][task]["first_met"] == grade["tasks"][task]["first_met"] != ""
    assert lab("class", "grades", "--csv", str(tmp_path / "grades.csv")).returncode == 0
    rows = list(csv.DictReader((tmp_path / "grades.csv").open(encoding="utf-8-sig")))
    assert {row["learner"] for row in rows} == set(LEARNERS)
    assert [row["first_met"] for row in rows if (row["learner"], row["task"]) == ("Bo", task)] == [
        grade["tasks"][task]["first_met"]
    ]


# -- reset


def test_a_reset_leaves_nothing_of_a_learner(seats: list[dict[str, Any]]) -> None:
    said(3, "echo mine >/root/mine; echo mine >/etc/motd; docker volume create mine; systemctl mask docker.service")
    said(2, "touch /root/other")
    done = lab("class", "reset", "Cy", "--prove", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["differences"] == {seats[2]["seat"]: []}
    assert said(3, "cat /root/mine /etc/motd 2>/dev/null; docker volume ls -q | grep mine; true").find("mine") == -1
    assert said(2, "ls /root/other") == "/root/other\n"
    assert lab_json("class", "check", "3")[0]["holding"] > 0


# -- what is not ours


def test_what_bears_our_names_and_is_not_ours_stays(engine: Engine) -> None:
    env = {"LAB_NAME": "labother"}
    bridge = names.of_bridge("labother")
    engine.query("/1.0/networks", "POST", {"name": bridge, "config": {"ipv4.address": "none", "ipv6.address": "none"}})
    try:
        for verb in (("up", SCENARIO, "--seats", "1"), ("down",), ("down", "--all")):
            done = lab("class", *verb, env=env)
            assert done.returncode == 3, done.stderr
            assert "is not this lab's" in done.stderr
        assert engine.has(f"/1.0/networks/{bridge}")
        assert not engine.has("/1.0/projects/labother-class")
    finally:
        engine.query(f"/1.0/networks/{bridge}", "DELETE")


# -- faults


def test_set_up_again_after_lxcfs_was_killed() -> None:
    """What it leaves is a mount that answers nobody."""
    os.kill(int(sh("pidof", "lxcfs")), signal.SIGKILL)
    done = lab("setup", "--class", "--yes")
    assert done.returncode == 0, done.stderr
    assert "MemTotal" in Path("/var/lib/lxcfs/proc/meminfo").read_text()
