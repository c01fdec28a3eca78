"""Three seats, from up to down: each is green, none gets out, grades cannot be written in a seat, nothing is left.

What a learner does is done here by root of a seat, through the same verb that an instructor has.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.selenium import Axe
from selenium import webdriver
from selenium.webdriver.remote.webelement import WebElement

from provisioning import names
from provisioning.page.gate import EACH as MOST
from provisioning.seats.check import viewed
from provisioning.seats.door import PORT as INSIDE
from provisioning.seats.engine import Engine, connect
from provisioning.seats.grades import class_folder
from provisioning.seats.keeper import USER
from provisioning.seats.proxy import CONNECTIONS, PORT
from provisioning.seats.seat import HOME, Seat
from provisioning.seats.serving import Serving
from provisioning.settings import REPOSITORY, Settings, load_settings
from tests.engine.conftest import LAB, lab, lab_json, porter_of, sh
from tests.engine.learner import Learner, ended
from tests.engine.test_readme import VM, write_scenario
from tests.page.browser import Page, chromium
from tests.page.conftest import Server
from tests.page.relay import Relay
from tests.page.test_safety import ask

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
CAMPUS = """
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Campus(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"campus")

servers = [ThreadingHTTPServer(("", port), Campus) for port in (80, 8080)]
print(flush=True)
threading.Thread(target=servers[0].serve_forever).start()
servers[1].serve_forever()
"""
ASK = """
import json, socket, sys
address, port, wishes = json.loads(sys.argv[1])
answers = {}
for wish in wishes:
    with socket.create_connection((address, port), 10) as proxy:
        proxy.sendall(f"{wish} HTTP/1.1\\r\\nHost: evil.example\\r\\n\\r\\n".encode())
        answers[wish] = proxy.makefile().readline().split()[1]
print(json.dumps(answers))
"""
CROWD = """
import json, socket, sys
held = []
for _ in range(30):
    asked = socket.socket()
    asked.settimeout(0.5)
    if asked.connect_ex(tuple(json.loads(sys.argv[1]))) == 0:
        held.append(asked)
print(len(held))
"""
BUSY = """
import pathlib, signal, uuid
number = str(uuid.uuid4())
signal.signal(signal.SIGUSR1, lambda *_: pathlib.Path('/root/held').write_text(f'{number}\\n'))
pathlib.Path('/root/number').write_text(f'{number}\\n')
while True:
    pass
"""
"""Keeps a number in memory alone, and a processor busy."""
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
    lab("class", "down")  # what an earlier run left that was ended
    shutil.rmtree(class_folder(settings), ignore_errors=True)
    folder = tmp_path_factory.mktemp("class")
    write_scenario(folder, without=VM)
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
    assert Serving(settings).process() == 0, "the gate outlives the class"
    assert proxies() == []


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


def test_seats_that_were_made_for_another_scenario_are_named(
    seats: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_SCENARIOS", str(REPOSITORY / "labs"))
    done = lab("class", "up", "scenario-3", "--seats", "3")
    assert done.returncode == 2
    assert f"was made for {SCENARIO}, without scenario-3" in done.stderr


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


@contextmanager
def campus() -> Iterator[str]:
    """Have a campus in a network namespace behind this host, which serves at ports 80 and 8080. Yield its address."""
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
    try:
        subprocess.run(["sh", "-ec", script], check=True)
        argv = ["ip", "netns", "exec", "labcampus", "python3", "-c", CAMPUS]
        with subprocess.Popen(argv, stdout=subprocess.PIPE) as service:
            try:
                assert service.stdout
                service.stdout.readline()
                yield "10.191.255.2"
            finally:
                service.kill()
    finally:
        for direction in ("-o", "-i"):
            subprocess.run(["iptables", "-D", "FORWARD", direction, "labcampus0", "-j", "ACCEPT"], check=False)
        for thing in ("link", "labcampus0"), ("netns", "labcampus"):
            subprocess.run(["ip", thing[0], "delete", thing[1]], check=False)


def test_no_way_outside(seats: list[dict[str, Any]]) -> None:
    """The campus is reached by this host and not by a seat."""
    with campus() as there:
        for port in (80, 8080):
            socket.create_connection((there, port), 2).close()
        assert reached(1, [(there, 80), (there, 8080)]) == []


def test_what_is_allowed_is_reached_and_nothing_else(seats: list[dict[str, Any]]) -> None:
    with campus() as there, listening() as port:
        here = [str(address) for address in (*addresses(), "127.0.0.1")]

        def is_the_only_way(number: int) -> None:
            gateway = said(number, "ip route show default").split()[2]
            direct = [(there, 80), (there, 8080), (gateway, 22), *((each, port) for each in addresses())]
            assert reached(number, [*direct, (gateway, PORT)]) == [str([gateway, PORT])]
            asked = {
                f"GET http://{there}/": "200",
                f"GET http://{there}:80/": "200",
                f"CONNECT {there}:80": "200",
                f"GET http://{there}:8080/": "403",
                f"CONNECT {there}:8080": "403",
                f"GET http://{there}:80@{here[0]}:{port}/": "403",
                **{f"GET http://{each}:{port}/": "403" for each in here},
                **{f"CONNECT {each}:{port}": "403" for each in here},
            }
            assert json.loads(python(number, ASK, json.dumps([gateway, PORT, list(asked)]))) == asked
            assert (
                said(number, f"/usr/lib/apt/apt-helper download-file http://{there}/ /root/got >&2 && cat /root/got")
                == "campus"
            )

        def allow(*what: str) -> None:
            wishes = [word for each in what for word in ("--allow", each)]
            done = lab("class", "up", SCENARIO, "--seats", "3", *wishes)
            assert done.returncode == 0, done.stderr

        allow(f"{there}:80")
        is_the_only_way(1)
        reset("1")
        allow()  # what is allowed stays
        is_the_only_way(1)
        gateway = said(1, "ip route show default").split()[2]
        assert 0 < int(python(1, CROWD, json.dumps([gateway, PORT]))) <= CONNECTIONS
        allow("none")
        assert reached(2, [(there, 80), (gateway, PORT)]) == []
        assert proxies() == []
        allow(f"{there}:80")
    assert len(proxies()) == 1  # which ends with the class


def proxies() -> list[str]:
    """Return the proxies of this lab's class that run."""
    return [line for line in sh("ps", "-eo", "args").splitlines() if f"/{LAB}/proxy/" in line and "tinyproxy" in line]


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


def test_files_have_the_ids_of_their_seat_at_the_mount_alone(seats: list[dict[str, Any]]) -> None:
    """So nothing is written to them when a seat is made, and a program of the seat cannot tell."""
    assert said(1, "stat --format %u:%g /etc/passwd") == "0:0\n"
    assert "idmapped" in said(1, "findmnt --noheadings --first-only --output VFS-OPTIONS /")


def test_the_kernel_counts_enough_for_all_seats(seats: list[dict[str, Any]]) -> None:
    """What the usual 128 of them would not hold, three seats and the host included."""
    program = "import ctypes; c = ctypes.CDLL(None); print(sum(c.inotify_init() >= 0 for _ in range(500)))"
    assert python(1, program) == "500\n"


# -- limits: what one seat does does no harm to another


def test_docker_in_a_seat_can_limit_what_this_hosts_can(seats: list[dict[str, Any]]) -> None:
    asked = "docker info --format '{{json .Warnings}}'"
    here = subprocess.run(["sh", "-c", asked], capture_output=True, text=True, check=True).stdout
    there = said(1, asked)
    assert set(json.loads(there) or []) <= set(json.loads(here) or [])


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


def test_logs_are_bounded(seats: list[dict[str, Any]], engine: Engine) -> None:
    """A container, the journal and the console are told 20 to 60 MB each, in long lines."""
    said(1, f"docker exec lab-{SCENARIO}-box sh -c 'head -c 20M /dev/zero | tr \\\\0 x | fold -w 1000 >/proc/1/fd/1'")
    path = said(1, f"docker inspect --format '{{{{.LogPath}}}}' lab-{SCENARIO}-box").strip()
    assert 0 < int(said(1, f"cat {path}* | wc -c")) < 3e6
    said(1, "head -c 45M /dev/urandom | base64 -w 40000 | systemd-cat; journalctl --sync")
    assert 0 < int(said(1, "du -s --block-size=1 /var/log/journal").split()[0]) < 50e6
    said(1, "head -c 20M /dev/zero | tr '\\0' x | fold -w 1000 >/dev/console")
    assert 0 < len(engine.call("console", seats[0]["seat"], "--show-log")) < 1e6


def test_memory_that_there_is_not(seats: list[dict[str, Any]]) -> None:
    """The program that wants it ends, and neither the seat nor another does."""
    assert in_seat(1, "python3 -c 'x = bytearray(3 * 2**30); print(len(x))'").returncode == 137
    assert [said(number, "echo alive") for number in (1, 2)] == ["alive\n"] * 2


def test_two_hundred_containers(seats: list[dict[str, Any]]) -> None:
    """A seat starts as many as its memory holds; meanwhile the others work, and afterwards it still does."""
    image = said(1, f"docker inspect --format '{{{{.Image}}}}' lab-{SCENARIO}-box").strip()
    crowd = f"seq 200 | xargs -P 8 -I + docker run --detach --name crowd+ {image} sleep infinity"
    try:
        with ThreadPoolExecutor() as pool:
            many = pool.submit(in_seat, 1, f"{crowd} >/dev/null 2>&1; touch /root/over")
            said(1, "until docker inspect crowd8 >/dev/null 2>&1 || [ -e /root/over ]; do sleep 0.1; done")
            (grade,) = lab_json("class", "check", "2")
            assert grade["holding"] == grade["checks"] > 0
            assert said(3, f"docker run --rm {image} echo alive") == "alive\n"
            many.result()
        started = int(said(1, "docker ps --quiet --filter name=crowd | wc -l"))
        assert 0 < started < 200
        (grade,) = lab_json("class", "check", "1")
        assert grade["holding"] == grade["checks"] > 0
    finally:
        reset("1")


# -- suspended seats


def test_suspended_seats_stand_still_and_go_on(seats: list[dict[str, Any]], engine: Engine) -> None:
    """What ran in a seat and what it held in memory is there again; meanwhile it takes no processor."""
    said(1, f"cat >/root/busy.py <<'END'\n{BUSY}\nEND\nsetsid python3 /root/busy.py >/dev/null 2>&1 </dev/null &")
    said(1, "until [ -s /root/number ]; do sleep 0.1; done")
    try:
        assert lab("class", "suspend").returncode == 0
        assert [seat["state"] for seat in lab_json("class", "status")] == ["frozen"] * 3
        before = processor_time(engine, seats[0])
        refused = in_seat(1, "true")
        assert (refused.returncode, refused.stderr) == (
            4,
            f"✘ {seats[0]['seat']} is suspended.\n  Run: python3 lab.py class resume 1\n",
        )
        assert processor_time(engine, seats[0]) == before
        (grade,) = lab_json("class", "check", "2")
        assert grade["holding"] == grade["checks"] > 0
        reset("3")
        states = {seat["number"]: seat["state"] for seat in lab_json("class", "status")}  # who is there stands first
        assert states == {1: "frozen", 2: "frozen", 3: "running"}
    finally:
        assert lab("class", "resume").returncode == 0
    assert [seat["state"] for seat in lab_json("class", "status")] == ["running"] * 3
    said(1, "pkill -USR1 -f busy.py; until [ -s /root/held ]; do sleep 0.1; done")
    number, held = said(1, "cat /root/number /root/held").split()
    assert number == held
    said(1, "pkill -f busy.py; rm /root/busy.py /root/number /root/held")


def reset(*seats: str) -> None:
    """Make seats new."""
    done = lab("class", "reset", *seats)
    assert done.returncode == 0, done.stderr


def processor_time(engine: Engine, seat: dict[str, Any]) -> int:
    """Return the nanoseconds of processors that a seat has taken."""
    state = engine.query(f"/1.0/instances/{seat['seat']}/state?project={engine.project}")
    return int(state["cpu"]["usage"])


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
    reset("3")
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
    assert (grade["tasks"][task]["hints"], grade["tasks"][task]["solution_shown"]) == (1, True)
    reset("Bo")
    (after,) = lab_json("class", "check", "Bo")
    assert not after["tasks"][task]["met"]
    assert after["tasks"][task]["first_met"] == grade["tasks"][task]["first_met"] != ""
    assert lab("class", "grades", "--csv", str(tmp_path / "grades.csv")).returncode == 0
    rows = list(csv.DictReader((tmp_path / "grades.csv").open(encoding="utf-8-sig")))
    assert {row["learner"] for row in rows} == set(LEARNERS)
    told = [(row["first_met"], row["hints_opened"], row["solution_shown"]) for row in rows if row["learner"] == "Bo"]
    assert told == [(grade["tasks"][task]["first_met"], "1", "yes")]


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


# -- the learner's page

EVIL = f"""
import http.server, json, time

class Evil(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/hang":
            time.sleep(1000)
        self.send_response(302 if self.path == "/away" else 200)
        for name, value in (
            ("Content-Type", "text/html"),
            ("Set-Cookie", "__Host-lab-8443=evil; Path=/; Secure"),
            ("Location", "https://evil.example/"),
            ("Clear-Site-Data", '"*"'),
            ("Strict-Transport-Security", "max-age=1000"),
            ("Cache-Control", "public, max-age=1000"),
            ("Access-Control-Allow-Origin", "*"),
            ("Service-Worker-Allowed", "/"),
            ("Refresh", "0; url=https://evil.example/"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(dict(self.headers)).encode())

http.server.ThreadingHTTPServer(("127.0.0.1", {INSIDE}), Evil).serve_forever()
"""


@pytest.fixture(scope="module")
def port(seats: list[dict[str, Any]], settings: Settings) -> int:
    """The class is served at this port, and nothing of the gate listens anywhere else."""
    with socket.create_server(("", 0)) as free:
        number = int(free.getsockname()[1])
    done = lab("class", "serve", "--port", str(number))
    assert done.returncode == 0, done.stderr
    parts = {str(Serving(settings).process()), str(porter_of(settings))}
    found = [line for line in sh("ss", "-Hlntup").splitlines() if set(re.findall(r"pid=(\d+)", line)) & parts]
    assert {line.split()[4].rpartition(":")[2] for line in found} == {str(number)}
    return number


def certificate(settings: Settings, link: str) -> Path:
    name = link.split("/")[2].partition(":")[0]
    return Serving(settings).folder / "tls" / f"{name}.pem"


@pytest.fixture
def learners(port: int, settings: Settings) -> list[Learner]:
    """Each learner has come by the link on the slip, and sees the lesson."""
    found = []
    for slip in lab_json("class", "links"):
        learner = Learner(slip["link"], certificate(settings, slip["link"]))
        assert learner.enter().status == 200
        found.append(learner)
    for learner in found:
        assert "A machine answers to a name" in learner.page().text
    return found


def test_each_link_opens_the_terminals_of_that_learners_seat(
    learners: list[Learner], seats: list[dict[str, Any]]
) -> None:
    for learner, seat in zip(learners, seats, strict=True):
        assert learner.type_in_terminal(SCENARIO, "host", "hostname", rf"[\r\n]{seat['seat']}\r")


def test_a_terminals_program_that_takes_all_memory_ends_before_the_page(learners: list[Learner]) -> None:
    page = said(1, "systemctl show --value --property MainPID lab-page")
    line = "python3 -c 'bytearray(3 * 2**30)'; echo it ended with $?"
    assert learners[0].type_in_terminal(SCENARIO, "host", line, r"it ended with 137\r")
    assert said(1, "systemctl show --value --property MainPID lab-page") == page != "0\n"


def test_a_slip_tells_name_link_and_token(port: int, tmp_path: Path) -> None:
    page, table = tmp_path / "slips.html", tmp_path / "slips.csv"
    assert lab("class", "links", "--html", str(page), "--csv", str(table)).returncode == 0
    rows = list(csv.DictReader(table.open(encoding="utf-8-sig")))
    assert [row["name"] for row in rows] == list(LEARNERS)
    assert len({row["token"] for row in rows}) == 3
    for row in rows:
        assert row["link"].startswith("https://")
        assert row["link"].endswith(row["token"])
        assert all(row[part] in page.read_text() for part in ("name", "link", "token"))
    assert {file.stat().st_mode & 0o777 for file in (page, table)} == {0o600}


PATHS = ("/", f"/{SCENARIO}", f"/parts/{SCENARIO}", f"/report/{SCENARIO}", "/static/0/page.js", "/nothing")


@pytest.mark.parametrize("cookie", ["", "__Host-lab-{port}=", "__Host-lab-{port}=aaaaa-aaaaa-aaaaa-aaaaa"])
def test_without_a_token_nothing_of_a_seat_is_shown(learners: list[Learner], port: int, cookie: str) -> None:
    stranger, inside = learners[0], said(1, "cat /var/lib/lab/results/lab/page.json")
    for given in (cookie.format(port=port), f"lab-{INSIDE}={json.loads(inside)['token']}"):
        stranger.cookie = given
        for path in PATHS:
            answer = stranger.ask(path)
            assert answer.status == 401
            assert "A machine answers" not in answer.text
        assert stranger.ask(f"/do/{SCENARIO}", {"verb": "reset"}).status == 401
        assert stranger.window_status(f"/events/{SCENARIO}") == 401


def test_a_wrong_token_is_told_in_a_sentence(learners: list[Learner]) -> None:
    stranger = learners[0]
    right = stranger.way_in
    for wrong in (f"{right[:-1]}_", right[:-1], f"{right}a", "/?token=a"):
        stranger.way_in = wrong
        answer = stranger.enter()
        assert (answer.status, stranger.cookie) == (401, "")
        assert "This token is not known." in answer.text
        assert "알 수 없는 토큰입니다." in stranger.ask(wrong, Accept_Language="ko-KR,en").text


def test_a_token_is_typed_as_people_type(learners: list[Learner]) -> None:
    stranger = learners[0]
    token = stranger.way_in.partition("=")[2]
    stranger.way_in = f"/?token={token.upper().replace('-', '%20')}"
    assert stranger.enter().status == 200
    assert token in stranger.cookie


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://{authority}", "https://127.0.0.1", ""])
def test_no_page_of_another_origin_can_ask(learners: list[Learner], origin: str) -> None:
    learner = learners[0]
    told = origin.format(authority=learner.authority)
    assert learner.ask(f"/do/{SCENARIO}", {"verb": "reset"}, Origin=told).status == 403
    assert learner.ask("/", {}, Origin=told).status == 403
    assert learner.window_status(f"/events/{SCENARIO}", Origin=told) == 403


def test_another_name_that_leads_here_and_a_worker_are_refused(learners: list[Learner]) -> None:
    learner = learners[0]
    assert learner.ask(f"/{SCENARIO}", Host=f"evil.example:{learner.authority.partition(':')[2]}").status == 403
    assert learner.ask(f"/{SCENARIO}", Service_Worker="script").status == 403


def test_a_seat_learns_no_secret_and_harms_nobody(learners: list[Learner]) -> None:
    """Root of seat 2 has put a server of his own in the place of the page."""
    first, second, _ = learners
    said(2, "systemctl stop lab-page")
    said(2, f"cat >/root/evil.py <<'END'\n{EVIL}\nEND\nsystemd-run --quiet --unit=evil python3 /root/evil.py")
    said(2, f"until ss -Hltn 'sport = {INSIDE}' | grep -q .; do sleep 0.1; done")
    try:
        answer = second.page(f"/{SCENARIO}")
        token = second.way_in.partition("=")[2]
        assert answer.status == 200
        assert json.loads(answer.text)["Host"] == f"127.0.0.1:{INSIDE}", "it is not the evil one that answers"
        assert token not in answer.text
        assert "__Host" not in answer.text
        away = second.ask("/away")
        for each in (answer, away):
            assert each.headers["Cache-Control"] == "private, no-store"
            assert "frame-ancestors 'none'" in each.headers["Content-Security-Policy"]
            harm = ("Set-Cookie", "Location", "Clear", "Strict", "Access-Control", "Service-Worker", "Refresh")
            assert [name for name in each.headers if name.startswith(harm)] == []
        with ThreadPoolExecutor(MOST + 4) as pool:
            waiting = [pool.submit(second.ask, "/hang") for _ in range(MOST + 1)]
            refused = next(as_completed(waiting)).result()
            assert refused.status == 503
            assert "You have too many windows" in refused.text
            assert "A machine answers" in first.page().text
            assert second.enter().status == 200, "his seat keeps the gate's own page from him"
            said(2, "systemctl stop evil")
            assert {each.result().status for each in waiting} == {503}
        assert "A machine answers" in second.page().text
    finally:
        in_seat(2, "systemctl stop evil; rm -f /root/evil.py")


def test_a_page_that_forgot_its_token_starts_anew(learners: list[Learner]) -> None:
    said(2, "rm /var/lib/lab/results/lab/page.json; echo '{}' >/var/lib/lab/results/lab/page.json")
    assert "A machine answers" in learners[1].page().text
    said(2, "systemctl restart lab-page")
    assert "A machine answers" in learners[1].page().text


def test_a_link_that_is_made_anew_ends_the_old_one(learners: list[Learner], settings: Settings) -> None:
    learner = learners[2]

    async def renewed() -> None:
        window = await learner.window(f"/events/{SCENARIO}")
        (slip,) = await asyncio.to_thread(lab_json, "class", "links", "Cy", "--renew")
        await ended(window)
        assert (learner.ask(f"/{SCENARIO}").status, learner.enter().status) == (401, 401)
        learner.way_in = f"/?token={slip['token']}"

    asyncio.run(renewed())
    assert learner.enter().status == 200
    assert "A machine answers" in learner.page().text
    assert learners[0].ask(f"/{SCENARIO}").status == 200
    assert (Serving(settings).folder / "links.json").stat().st_mode & 0o777 == 0o600


def test_a_link_outlives_a_reset(learners: list[Learner], seats: list[dict[str, Any]]) -> None:
    assert lab("class", "reset", "2").returncode == 0
    assert "A machine answers" in learners[1].page().text
    assert learners[1].type_in_terminal(SCENARIO, "host", "hostname", rf"[\r\n]{seats[1]['seat']}\r")


def test_a_seat_that_is_stopped_is_told_and_comes_back(
    learners: list[Learner], seats: list[dict[str, Any]], engine: Engine
) -> None:
    engine.call("stop", "--force", seats[1]["seat"])
    answer = learners[1].ask("/")
    assert (answer.status, answer.headers["Refresh"]) == (503, "2")
    assert "Your seat is not running" in answer.text
    assert lab("class", "up", SCENARIO, "--seats", "3").returncode == 0
    assert "A machine answers" in learners[1].page().text


def test_a_gate_that_was_killed_comes_back_with_links_and_certificate(
    learners: list[Learner], settings: Settings, port: int
) -> None:
    serving = Serving(settings)
    ending = os.pidfd_open(porter_of(settings))
    os.kill(serving.process(), signal.SIGKILL)
    assert select.select([ending], [], [], 60)[0], "the part that speaks with the network outlives the other"
    os.close(ending)
    with pytest.raises(OSError):
        learners[0].ask("/")
    assert lab("class", "up", SCENARIO, "--seats", "3").returncode == 0
    for learner in learners:
        assert "A machine answers" in learner.page().text
    before = serving.process()
    assert lab("class", "serve", "--port", str(port)).returncode == 0
    assert serving.process() == before, "the gate was there, as it was asked for"


def test_what_speaks_with_the_network_has_no_rights(learners: list[Learner], settings: Settings) -> None:
    porter = Path(f"/proc/{porter_of(settings)}")
    status = dict(line.split(":\t", 1) for line in (porter / "status").read_text().splitlines())
    assert set(status["Uid"].split()) == set(status["Gid"].split()) == {str(USER)}
    assert (status["Groups"].strip(), int(status["CapEff"], 16), status["NoNewPrivs"]) == ("", 0, "1")
    assert list((porter / "root").iterdir()) == []


def test_no_seat_reaches_the_gate(learners: list[Learner], port: int) -> None:
    at = [(address, port) for address in addresses()]
    for address in at:
        socket.create_connection(address, 2).close()
    assert reached(1, at) == []
    card = json.loads(said(2, "ip -json -4 address show eth0"))[0]["addr_info"][0]["local"]
    assert reached(2, [(card, INSIDE), ("127.0.0.1", INSIDE)]) == [str(["127.0.0.1", INSIDE])]


# -- the instructor's page


def open_page(engine: Engine, seat: str, port: int) -> str:
    """Have a seat serve its learner's page at a port. Return the link."""
    words = ("lab.py", "open", "--no-browser", "--port", str(port))
    inside = Seat(engine, seat)
    inside.do("systemd-run", "--quiet", "--working-directory=/root/lab", "--setenv=HOME=/root", "python3", *words)
    listening = f"until ss -Hltn 'sport = :{port}' | grep -q .; do sleep 0.1; done; cat {HOME}/results/lab/page.json"
    token = json.loads(inside.do("sh", "-c", listening))["token"]
    return f"http://127.0.0.1:{port}/{SCENARIO}?token={token}"


@pytest.fixture(scope="module")
def chrome(seats: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture(scope="module")
def relay(engine: Engine) -> Iterator[Relay]:
    with Relay(engine, names.of_seat(LAB, 2)) as way:
        yield way


@pytest.fixture(scope="module")
def opened(engine: Engine, chrome: webdriver.Chrome, relay: Relay) -> Page:
    """The page of Bo, who sits at the second seat."""
    page = Page(chrome)
    page.open(open_page(engine, names.of_seat(LAB, 2), relay.port))
    return page


@pytest.fixture
def learner(opened: Page) -> Page:
    opened.front()
    return opened


@pytest.fixture(scope="module")
def board(seats: list[dict[str, Any]]) -> Iterator[Server]:
    server = Server("class", "open", lab=LAB)
    yield server
    assert server.stop() == 0


@pytest.fixture
def instructor(board: Server, chrome: webdriver.Chrome, opened: Page) -> Iterator[Page]:
    """The instructor's page, in a tab of its own; nothing on it may break the policy, or fail to load."""
    chrome.switch_to.new_window("tab")
    page = Page(chrome)
    page.complaints()
    page.open(board.link)
    page.js("(window.mark = 'not reloaded')")
    yield page
    page.front()
    said = page.complaints()
    assert page.js("window.mark") == "not reloaded"
    chrome.close()
    opened.front()
    assert said == []


def row(page: Page, number: int) -> str:
    """What the instructor reads of a seat."""
    page.front()
    return page.text(f"tr[data-seat={names.of_seat(LAB, number)}]")


def reads(page: Page, number: int, text: str) -> None:
    """Wait until the instructor reads it of a seat."""
    page.front()
    page.until(lambda: text in row(page, number), f"{text!r} of seat {number}")


def press(page: Page, number: int, act: str) -> None:
    """Press a button of a seat's row."""
    page.front()
    page.click(f"tr[data-seat={names.of_seat(LAB, number)}] [data-act={act}]")


def status_of(number: int) -> Any:
    return next(seat for seat in lab_json("class", "status") if seat["number"] == number)


def keys(page: Page) -> WebElement:
    return page.one(".panel:not([hidden]) .xterm-helper-textarea")


@pytest.mark.page
def test_the_instructor_sees_how_a_learner_goes_on(instructor: Page, learner: Page) -> None:
    instructor.front()
    assert len(instructor.all("tbody tr")) == len(LEARNERS)
    reads(instructor, 2, "Works")
    reads(instructor, 2, "0 of 1 · who")
    learner.front()
    learner.click("[data-verb=run]")
    learner.done()
    reads(instructor, 2, "1 of 1 · leave-a-note")
    learner.front()
    learner.click("#wave")
    reads(instructor, 2, "Waves for help")
    instructor.until(lambda: instructor.text("tbody tr:first-child .seat") == "02")
    told = status_of(2)
    assert (told["need"], told["word"]["seen"], told["word"]["at"]) == ("waves", 1, "leave-a-note")
    learner.front()
    learner.click("#wave")
    reads(instructor, 2, "Works")
    reads(instructor, 1, "Not opened yet")


@pytest.mark.page
def test_a_message_reaches_page_and_terminal_of_the_one_it_is_for(instructor: Page, learner: Page) -> None:
    text = "Look at $& <b>here</b> 한글"
    learner.front()
    learner.prompt("host")
    press(instructor, 2, "say")
    instructor.one("#say textarea").send_keys(text)
    instructor.click("#say .main")
    instructor.until(lambda: instructor.text("#toast") == "Sent.")
    assert status_of(2)["message"]["text"] == text
    assert status_of(1)["message"] is None
    learner.front()
    learner.until(lambda: text in learner.text("#class .message"))
    learner.shows(f"*** The instructor says: {text}")
    assert learner.all("#class b") == []


@pytest.mark.page
def test_learners_see_how_much_time_is_left(instructor: Page, learner: Page) -> None:
    instructor.front()
    assert instructor.text("#left") == "No end is set."
    instructor.click("#clock")
    minutes = instructor.one("#ends input")
    minutes.clear()
    minutes.send_keys("45")
    instructor.click("#ends [data-more='10']")
    instructor.click("#ends .main")
    left = re.compile("Time left: 5[45] min")
    instructor.until(lambda: left.search(instructor.text("#left")))
    learner.front()
    learner.until(lambda: left.search(learner.text("#class")))
    assert 3200 < status_of(1)["end"] - time.time() < 3300
    instructor.front()
    instructor.click("#clock")
    instructor.click("#ends [value=never]")
    instructor.until(lambda: instructor.text("#left") == "No end is set.")


@pytest.mark.page
def test_a_shell_in_a_seat_of_which_the_learner_knows(instructor: Page, learner: Page) -> None:
    press(instructor, 2, "shell")
    instructor.shows("#")
    instructor.enter(keys(instructor), "hostname; echo $((6*7)) $(echo 한글 | wc -m)")
    instructor.shows("42 3")
    assert names.of_seat(LAB, 2) in instructor.screen
    learner.front()
    learner.until(lambda: "The instructor is in your seat." in learner.text("#class"))
    instructor.front()
    instructor.click(".cross")
    learner.front()
    learner.until(lambda: "The instructor is" not in learner.text("#class"))
    said(2, "while pgrep -f 'bash --login' | grep -vx $$; do sleep 0.1; done")


def follows(page: Page) -> bool:
    """Return True if a joined terminal has as many rows as the program in it knows of."""
    page.enter(keys(page), "clear; stty size")
    known = page.until(lambda: re.search(r"^(\d+) \d+$", page.screen, re.MULTILINE))
    return bool(page.js("document.querySelectorAll('.panel:not([hidden]) .xterm-rows > div').length") == int(known[1]))


@pytest.mark.page
def test_the_instructor_joins_a_terminal_of_the_learners(instructor: Page, learner: Page) -> None:
    learner.front()
    learner.enter(learner.prompt("host"), "clear; echo theirs$((1+1))")
    learner.shows("theirs2")
    press(instructor, 2, "join")
    instructor.shows("theirs2")
    instructor.enter(keys(instructor), "echo ours$((2+2))")
    instructor.shows("ours4")
    learner.front()
    learner.shows("ours4")
    learner.until(lambda: "The instructor is in your terminal: host" in learner.text("#class"))
    instructor.front()
    instructor.until(lambda: follows(instructor), "as many rows as the learner has")
    instructor.click(".cross")
    learner.front()
    learner.until(lambda: "The instructor is" not in learner.text("#class"))
    learner.enter(keys(learner), "echo alone$((3+3))")
    learner.shows("alone6")


HOSTILE = {
    "markup": 'echo \'{"scenario": "<b id=evil>a</b>", "at": "<img src=x onerror=alert(1)>", '
    '"steps": 9, "window": 1}\' >said.json',
    "no JSON": "head -c 9000 /dev/urandom >said.json",
    "too much": "truncate -s 1G said.json",
    "another's": "ln -s /etc/shadow said.json",
    "never ends": "mkfifo said.json",
    "a folder": "mkdir said.json",
}


@pytest.mark.page
@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_seat_harms_neither_the_page_nor_others(instructor: Page, learner: Page, what: str) -> None:
    """It is the third seat, in which nobody opened the page."""
    said(3, f"cd {HOME}/seat && rm -rf said.json && {HOSTILE[what]}")
    learner.front()
    learner.click("#wave")
    reads(instructor, 2, "Waves for help")
    learner.front()
    learner.click("#wave")
    reads(instructor, 2, "Works")
    if what == "markup":
        reads(instructor, 3, "<img src=x onerror=alert(1)>")
    else:
        reads(instructor, 3, "Not opened yet")
    assert instructor.all("#evil, tbody img") == []
    said(3, f"rm -rf {HOME}/seat/said.json")


BOARD = ("/", "/events", "/terminals", "/terminal/000000000000", "/say", "/clock", "/do", "/stop", "/nothing")


@pytest.mark.page
@pytest.mark.parametrize("path", BOARD)
def test_nobody_else_comes_to_the_instructors_page(board: Server, path: str) -> None:
    """Not without the cookie, and not from a page of another origin, be it a learner's."""
    port = board.address.rpartition(":")[2]
    cookie = {"Cookie": f"lab-{port}={board.token}"}
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    own = {"Origin": f"http://{board.address}"}
    assert ask(board, path, own)[0] == 401
    assert ask(board, path, {**own, "Cookie": f"lab-{port}=wrong"})[0] == 401
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
        assert ask(board, path, {**cookie, "Origin": origin}, "POST")[0] == 403
        assert ask(board, path, {**cookie, **upgrade, "Origin": origin})[0] == 403
    assert ask(board, path, {**cookie, "Host": "evil.example"})[0] == 403


@pytest.mark.page
@pytest.mark.parametrize("body", ['{"seats": ["lab-golden"]}', '{"seats": "all"}', "[]", "{"])
@pytest.mark.parametrize("path", ["/say", "/do", "/terminals", "/clock"])
def test_only_what_is_offered_is_done(board: Server, instructor: Page, path: str, body: str) -> None:
    port = board.address.rpartition(":")[2]
    told = {"Cookie": f"lab-{port}={board.token}", "Origin": f"http://{board.address}"}
    told_so = body.replace("}", ', "text": "a", "verb": "reset", "minutes": true}') if body.endswith("}") else body
    status, answer = ask(board, path, told, "POST", told_so)
    assert status == 400, answer
    assert json.loads(answer)["what"]


@pytest.mark.page
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_instructors_page_is_for_everybody(instructor: Page, board: Server, scheme: str, language: str) -> None:
    instructor.front()
    command = instructor.browser.execute_cdp_cmd
    command("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    instructor.open(f"http://{board.address}/?lang={language}")
    instructor.js("(window.mark = 'not reloaded')")
    press(instructor, 1, "shell")
    instructor.shows("#")
    faults = [
        (each["id"], [node["html"][:200] for node in each["nodes"]])
        for each in Axe().run(instructor.browser)["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert faults == []
    assert ("도움" in instructor.text("body")) == (language == "ko") or "아직 열지 않음" in instructor.text("body")
    instructor.click(".cross")
    phone = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    command("Emulation.setDeviceMetricsOverride", phone)
    assert instructor.js("document.documentElement.scrollWidth") == 360
    assert instructor.js("document.querySelector('#seats').scrollWidth") == 360
    command("Emulation.clearDeviceMetricsOverride", {})
    command("Emulation.setEmulatedMedia", {"features": []})
    instructor.open(f"http://{board.address}/?lang=en")
    instructor.js("(window.mark = 'not reloaded')")


@pytest.mark.page
def test_a_seat_is_made_new_after_asking(
    instructor: Page, learner: Page, board: Server, relay: Relay, engine: Engine
) -> None:
    said(2, "touch /root/mine")
    port = board.address.rpartition(":")[2]
    own = {"Cookie": f"lab-{port}={board.token}", "Origin": f"http://{board.address}"}
    assert ask(board, "/clock", own, "POST", '{"minutes": 90}')[0] == 200
    learner.browser.get("about:blank")  # its server ends
    instructor.front()
    instructor.click(f"tr[data-seat={names.of_seat(LAB, 2)}] input")
    instructor.click(".tools [data-act=reset]")
    instructor.wait("document.querySelector('#ask').open")
    assert names.of_seat(LAB, 2) in instructor.text("#ask pre")
    assert names.of_seat(LAB, 1) not in instructor.text("#ask pre")
    instructor.click("#ask [value=no]")
    assert said(2, "ls /root/mine") == "/root/mine\n"
    instructor.click(".tools [data-act=reset]")
    instructor.click("#ask [value=yes]")
    instructor.until(lambda: "Resetting seat 02" in instructor.text("#work"))
    instructor.until(lambda: "went well" in instructor.text("#work"))
    assert in_seat(2, "ls /root/mine").returncode != 0
    assert status_of(2)["message"] is None
    reads(instructor, 2, "Not opened yet")
    learner.front()
    learner.open(open_page(engine, names.of_seat(LAB, 2), relay.port))
    learner.until(lambda: "Time left: " in learner.text("#class"), "what was told before it was new")


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


def test_up_again_has_every_seat_run(seats: list[dict[str, Any]], engine: Engine) -> None:
    """One was stopped, one is suspended, and what was done in them is there."""
    for number in (1, 2):
        said(number, "touch /root/work")
    engine.call("stop", "--force", seats[0]["seat"])
    refused = in_seat(1, "true")
    assert (refused.returncode, "does not run: it is stopped." in refused.stderr) == (4, True)
    assert lab("class", "suspend", "2").returncode == 0
    done = up_again()
    assert done.returncode == 0, done.stderr
    assert [seat["state"] for seat in lab_json("class", "status")] == ["running"] * 3
    assert [said(number, "ls /root/work") for number in (1, 2)] == ["/root/work\n"] * 2
    assert all(grade["holding"] == grade["checks"] > 0 for grade in lab_json("class", "check", "1", "2"))


def test_seats_that_learners_broke_are_named(seats: list[dict[str, Any]], engine: Engine) -> None:
    """`class up` tells which seats to reset, and a reset mends them."""
    said(1, "rm -rf /usr/bin/*")
    said(2, "systemctl mask --now docker.socket docker.service")
    said(3, "rm /lib/systemd/systemd")
    engine.call("stop", "--force", seats[2]["seat"])
    done = up_again()
    assert done.returncode == 4
    assert f"failed in {seats[0]['seat']}: Command not found (Seats with an error, too: 02, 03.)" in done.stderr
    assert f"python3 lab.py class reset {seats[0]['seat']}\n" in done.stderr
    reset("1", "2")
    done = up_again()
    assert (done.returncode, "Seats with" in done.stderr) == (4, False), done.stderr
    assert f"✘ {seats[2]['seat']} does not start" in done.stderr
    assert f"python3 lab.py class reset {seats[2]['seat']}\n" in done.stderr
    reset("3")


def up_again() -> subprocess.CompletedProcess[str]:
    """Type once more what made the class."""
    return lab("class", "up", SCENARIO, "--seats", "3")


def test_set_up_again_after_lxcfs_was_killed(seats: list[dict[str, Any]]) -> None:
    """What it leaves is a mount that answers nobody, and seats that see neither their memory nor their processors."""
    said(2, "touch /root/work")
    os.kill(int(sh("pidof", "lxcfs")), signal.SIGKILL)
    done = lab("setup", "--class", "--yes")
    assert done.returncode == 0, done.stderr
    assert "MemTotal" in Path("/var/lib/lxcfs/proc/meminfo").read_text()
    assert in_seat(2, "cat /proc/meminfo").returncode != 0
    done = up_again()
    assert done.returncode == 0, done.stderr
    assert all(f"{seat['seat']} is started anew, as LXCFS was" in done.stderr for seat in seats)
    assert [said(number, "grep -c MemTotal /proc/meminfo") for number in (1, 2, 3)] == ["1\n"] * 3
    assert said(2, "ls /root/work") == "/root/work\n"
    assert all(grade["holding"] == grade["checks"] > 0 for grade in lab_json("class", "check"))
