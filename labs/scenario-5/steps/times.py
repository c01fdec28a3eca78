#!/usr/bin/env python3
"""Start each kind in turn and take the time of every start, until it can be used."""

import os
import select
import socket
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.environ["LAB_TOOLS"])
from figures import _, draw, samples
from sampling import ratios, take, timed, told

ROUNDS = 8
LEAST = 3
ENOUGH = 120
"""Seconds after which no further round begins, once there were LEAST rounds."""
A_ROUND = 4
"""Starts of each light kind in a round."""

prefix, scenario, ssh_config = (os.environ[name] for name in ("LAB_PREFIX", "LAB_SCENARIO", "LAB_SSH_CONFIG"))
image = os.environ["LAB_IMAGE_BOX"]
labels = [f"--label=lab.name={prefix}", f"--label=lab.scenario={scenario}"]
domain = f"{prefix}-{scenario}-vm"
service = 'import socket; socket.create_server(("", 2222)).accept()[0].send(b"ready")'


def call(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=600).stdout.strip()


def virsh(*argv):
    return call("virsh", "--quiet", "--connect", "qemu:///system", *argv)


def ssh(*argv):
    return call("ssh", "-F", ssh_config, "-o", "ControlPath=none", domain, *argv)


def until_it_answers(address, port):
    """Wait for the first bytes that a service sends; all the time another attempt to connect is on its way.

    So a start is not rounded to the time after which an attempt would be given up.
    """
    attempts, deadline = [], time.monotonic() + 600
    while time.monotonic() < deadline:
        attempts.append(socket.socket())
        attempts[-1].setblocking(False)
        attempts[-1].connect_ex((address, port))
        _, ready, _ = select.select([], attempts, [], 0.025)
        for attempt in ready:
            with attempt:
                attempts.remove(attempt)
                attempt.settimeout(30)
                try:
                    if not attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) and attempt.recv(1):
                        for each in attempts:
                            each.close()
                        return
                except OSError:
                    pass
        for late in attempts[:-8]:  # sshd turns away who knocks more often at once
            late.close()
        attempts = attempts[-8:]
        time.sleep(0.005)
    raise SystemExit(f"Nothing answered at port {port}.")


def container_service():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    began = time.monotonic()
    publish = f"--publish=127.0.0.1:{port}:2222"
    name = call("docker", "run", "--detach", publish, *labels, image, "python3", "-c", service)
    until_it_answers("127.0.0.1", port)
    seconds = time.monotonic() - began
    call("docker", "rm", "--force", name)
    return seconds


def vm(start):
    """Seconds from power-on to SSH, and the boot id; it ends with a VM at rest, so that it disturbs nobody."""
    subprocess.run(["virsh", "--quiet", "--connect", "qemu:///system", "destroy", domain], capture_output=True)
    began = time.monotonic()
    start()
    until_it_answers(address, 22)
    seconds = time.monotonic() - began
    ssh(f"date -s @{time.time():.0f}; systemctl is-system-running --wait || true")
    return seconds, ssh("cat", "/proc/sys/kernel/random/boot_id")


def from_memory():
    virsh("start", domain, "--paused")
    virsh("qemu-monitor-command", domain, "--hmp", "loadvm golden")
    virsh("resume", domain)


# The lab's shared connection would not survive the VM.
subprocess.run(["ssh", "-F", ssh_config, "-O", "exit", domain], capture_output=True)
known = call("ssh", "-F", ssh_config, "-G", domain).splitlines()
address = next(line.split()[1] for line in known if line.startswith("hostname "))

process, bare, serving = _("process on the host"), _("container, true"), _("container, service")
woken, booted = _("VM woken"), _("VM booted")
light = {
    process: lambda: timed(call, "true"),
    bare: lambda: timed(call, "docker", "run", "--rm", *labels, image, "true"),
    serving: container_service,
}
seconds = {name: [] for name in (*light, woken, booted)}
ids = {woken: set(), booted: set()}
take(light, 0)
vm(from_memory)  # what is started for the first time finds no cache warm, and does not count
began, rounds, middles = time.monotonic(), 0, []
while rounds < LEAST or (rounds < ROUNDS and time.monotonic() - began < ENOUGH):
    rounds += 1
    of_round = take(light, A_ROUND, warm_up=0)
    for name, values in of_round.items():
        seconds[name] += values
    middles.append(statistics.median(of_round[serving]))
    # Waking sets the disk back as well: so each boot finds the same disk.
    for name, start in ((woken, from_memory), (booted, lambda: virsh("start", domain))):
        took, boot_id = vm(start)
        seconds[name].append(took)
        ids[name].add(boot_id)
with open(os.path.join(os.environ["LAB_SCRATCH"], "last-boot"), "w") as file:
    file.write(str(seconds[booted][-1]))

print(f"{rounds} rounds; in each, {A_ROUND} starts of each light kind in random order, then the VM")
for name, values in seconds.items():
    print(f"  {name + ':':<20} {told(values)} s")
print("\nhow many times as long, round by round")
print(f"  VM booted / container, service:     {told(ratios(seconds[booted], middles))}")
print(f"  VM woken / container, service:      {told(ratios(seconds[woken], middles))}")
print(f"  VM booted / VM woken:               {told(ratios(seconds[booted], seconds[woken]))}")
print(f"  container, true / process:          {told(ratios(seconds[bare], seconds[process]))}")
slowest, fastest = max(seconds[serving]), min(seconds[booted])
print(f"\nslowest container {slowest:.2f} s, fastest boot {fastest:.2f} s", end=": ")
print("no overlap" if slowest < fastest else "they overlap, so this says little")
print(f"boot ids: {len(ids[booted])} in {rounds} boots, {len(ids[woken])} in {rounds} wakings")

usable = samples(_("From start to usable"), "s", seconds, _("Each point is one start."), vm=True)
draw(usable, samples(_("The light kinds alone"), "s", {name: seconds[name] for name in light}))
raise SystemExit(slowest >= fastest)
