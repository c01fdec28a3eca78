#!/usr/bin/env python3
"""Start each kind in turn and take the time of every start, until it can be used."""

import json
import os
import random
import socket
import statistics
import subprocess
import time

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
how = "KVM" if os.environ["LAB_HYPERVISOR"] == "kvm" else "emulated"
service = 'import socket; socket.create_server(("", 2222)).accept()[0].send(b"ready")'


def call(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=600).stdout.strip()


def virsh(*argv):
    return call("virsh", "--quiet", "--connect", "qemu:///system", *argv)


def ssh(*argv):
    return call("ssh", "-F", ssh_config, "-o", "ControlPath=none", domain, *argv)


def until_it_answers(address, port):
    """Wait for the first bytes that a service sends."""
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        try:
            with socket.create_connection((address, port), timeout=0.25) as connection:
                connection.settimeout(30)
                if connection.recv(1):
                    return
        except OSError:
            pass
        time.sleep(0.005)
    raise SystemExit(f"Nothing answered at port {port}.")


def process():
    began = time.monotonic()
    call("true")
    return time.monotonic() - began


def container():
    began = time.monotonic()
    call("docker", "run", "--rm", *labels, image, "true")
    return time.monotonic() - began


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


def median_ratio(above, below):
    """How many times as long, and the middle 95 % of what resampling the samples gives (bootstrap)."""
    dice = random.Random(1)  # noqa: S311

    def again(values):
        return statistics.median(dice.choices(values, k=len(values)))

    ratios = sorted(again(above) / again(below) for _ in range(2000))
    return f"{statistics.median(above) / statistics.median(below):.3g} ({ratios[50]:.3g} to {ratios[1949]:.3g})"


# The lab's shared connection would not survive the VM.
subprocess.run(["ssh", "-F", ssh_config, "-O", "exit", domain], capture_output=True)
told = call("ssh", "-F", ssh_config, "-G", domain).splitlines()
address = next(line.split()[1] for line in told if line.startswith("hostname "))

light = {"process on the host": process, "container, true": container, "container, service": container_service}
woken, booted = f"VM woken, {how}", f"VM booted, {how}"
samples = {name: [] for name in (*light, woken, booted)}
ids = {woken: set(), booted: set()}
began, rounds = time.monotonic(), 0
while rounds < LEAST or (rounds < ROUNDS and time.monotonic() - began < ENOUGH):
    rounds += 1
    order = [*light] * A_ROUND
    random.shuffle(order)
    for name in order:
        samples[name].append(light[name]())
    # Waking sets the disk back as well: so each boot finds the same disk.
    for name, start in ((woken, from_memory), (booted, lambda: virsh("start", domain))):
        seconds, boot_id = vm(start)
        samples[name].append(seconds)
        ids[name].add(boot_id)
with open(os.path.join(os.environ["LAB_SCRATCH"], "last-boot"), "w") as file:
    file.write(str(samples[booted][-1]))

print(f"{rounds} rounds; in each, {A_ROUND} starts of each light kind in random order, then the VM")
print("\nhow many times as long (ratio of medians, 95 % interval by bootstrap)")
for above, below in (
    (booted, "container, service"),
    (woken, "container, service"),
    (booted, woken),
    ("container, true", "process on the host"),
):
    print(f"  {above} / {below}: {median_ratio(samples[above], samples[below])}")
slowest, fastest = max(samples["container, service"]), min(samples[booted])
print(f"\nslowest container {slowest:.2f} s, fastest boot {fastest:.2f} s", end=": ")
print("no overlap" if slowest < fastest else "they overlap, so this says little")
print(f"boot ids: {len(ids[booted])} in {rounds} boots, {len(ids[woken])} in {rounds} wakings")

note = "Each point is one start. "
if how == "KVM":
    note += "The VM is accelerated by the processor."
else:
    note += "The VM is emulated in software: its seconds say little about VMs at large."
plots = [
    {"title": "From start to usable", "unit": "s", "kind": "samples", "series": samples, "note": note},
    {
        "title": "The light kinds alone",
        "unit": "s",
        "kind": "samples",
        "series": {name: samples[name] for name in light},
    },
]
with open(os.environ["LAB_DATA"], "w") as file:
    json.dump(plots, file)
raise SystemExit(slowest >= fastest)
