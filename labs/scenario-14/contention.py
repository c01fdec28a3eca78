"""Programs that all want one processor, and the kernel's account of who got how much of it."""

import os
import subprocess
import time
from pathlib import Path

PROCESSOR = max(os.sched_getaffinity(0))
"""The one that all of them are bound to: the last that this process may use."""
HOLD = f"import os, sys, time; os.sched_setaffinity(0, {{{PROCESSOR}}}); "
# Both begin and end at the same time, however long the engine takes to start each of them.
BETWEEN = """
begin, end = float(sys.argv[1]), float(sys.argv[2])
while time.time() < begin:
    time.sleep(0.005)
used = time.process_time()
while time.time() < end:
    pass
print(time.process_time() - used)
"""
# Busy until its standard input is closed.
ON = """
import threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print("on", flush=True)
while True:
    pass
"""


def call(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=120).stdout.strip()


def virsh(*argv):
    return call("virsh", "--quiet", "--connect", "qemu:///system", *argv)


def used(containers, seconds):
    """Seconds of the processor that a busy program got in each container, all of them busy at the same time."""
    begin = time.time() + 3
    argv = ["python3", "-c", HOLD + BETWEEN, str(begin), str(begin + seconds)]
    programs = [subprocess.Popen(["docker", "exec", name, *argv], stdout=subprocess.PIPE) for name in containers]
    return [float(program.communicate()[0]) for program in programs]


class Busy:
    """A program that keeps the processor busy in a container, while the block runs; in none where it has no name."""

    def __init__(self, container=""):
        self.argv = ["docker", "exec", "--interactive", container, "python3", "-c", HOLD + ON] if container else []

    def __enter__(self):
        if self.argv:
            self.program = subprocess.Popen(self.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.program.stdout.readline()

    def __exit__(self, *raised):
        if self.argv:
            self.program.stdin.close()
            self.program.wait()
            self.program.stdout.close()


def thread(domain):
    """The folder in /proc of the thread that is a VM's first processor."""
    pid = call("pgrep", "-o", "-f", f"^[^ ]*qemu[^ ]* .*guest={domain},")
    tasks = Path("/proc", pid, "task").iterdir()
    return next(task for task in tasks if (task / "comm").read_text().startswith("CPU 0/"))


def account(task):
    """Seconds that a thread has run, and that it has waited for a processor although it could have run."""
    ran, waited, _ = (task / "schedstat").read_text().split()
    return int(ran) / 1e9, int(waited) / 1e9


def is_busy(task):
    """Whether a thread wants a processor all the time."""
    before = sum(account(task))
    time.sleep(0.25)
    return sum(account(task)) - before > 0.2


class Bound:
    """VMs whose processor is bound to the one, while the block runs."""

    def __init__(self, domains):
        self.domains = domains

    def __enter__(self):
        for domain in self.domains:
            virsh("vcpupin", domain, "0", str(PROCESSOR), "--live")

    def __exit__(self, *raised):
        for domain in self.domains:
            virsh("vcpupin", domain, "0", "r", "--live")


def ran(domains, busy, seconds):
    """For each VM the seconds that its processor ran and that it waited, within ``seconds``, all bound to the one.

    ``busy`` starts a program in a VM that wants the processor for at least so long; it returns without waiting. The VMs
    are bound once they are busy: a VM that hardly gets its turn would not answer who wants to start one.
    """
    tasks = [thread(domain) for domain in domains]
    for domain in domains:
        busy(domain)
    with Bound(domains):
        while not all(map(is_busy, tasks)):
            pass
        before = [account(task) for task in tasks]
        time.sleep(seconds)
        after = [account(task) for task in tasks]
    return [(b[0] - a[0], b[1] - a[1]) for a, b in zip(before, after, strict=True)]
