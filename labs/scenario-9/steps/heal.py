#!/usr/bin/env python3
"""Kill processes in the VM. How long is it from the death to the start of what takes the place?"""

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, os.environ["LAB_TOOLS"])
from figures import _, draw, samples
from sampling import ratios, told

ROUNDS = 6
# Runs in the VM, behind the rule by which samples are taken: its clock is that of the events.
INSIDE = """
import json, subprocess, sys
rounds = int(sys.argv[1])

def docker(*words):
    return subprocess.run(["docker", *words], check=True, capture_output=True, text=True).stdout.split()

def healed(process, name):
    # Seconds between two events, by the time that the engine notes.
    subprocess.run(["kill", "-9", process], check=True)
    died = None
    for line in events.stdout:
        action, when, of = line.split()
        if of.startswith(name) and action == "die":
            died = int(when)
        if of.startswith(name) and action == "start" and died:
            return (int(when) - died) / 1e9

def policy():
    return healed(*fresh.pop())

def swarm():
    replica = docker("ps", "--quiet", "--filter", "label=com.docker.swarm.service.name=shop")[0]
    return healed(docker("inspect", "--format", "{{.State.Pid}}", replica)[0], "shop.")

# A container for each round: the engine waits twice as long before each further start of one that soon died.
names = [f"always-{number}" for number in range(rounds + 1)]
try:
    run = "docker run --detach --init --network host --restart always --name {} localhost/busybox sleep 1000"
    subprocess.run("; ".join(run.format(name) for name in names), shell=True, check=True, stdout=subprocess.DEVNULL)
    processes = docker("inspect", "--format", "{{.State.Pid}}", *names)
    fresh = list(zip(processes, names))
    listening = ["docker", "events", "--since", str(int(time.time()))]
    listening += ["--filter", "event=die", "--filter", "event=start"]
    listening += ["--format", "{{.Action}} {{.TimeNano}} {{.Actor.Attributes.name}}"]
    with subprocess.Popen(listening, stdout=subprocess.PIPE, text=True) as events:
        print(json.dumps(take({"policy": policy, "swarm": swarm}, rounds)))
        events.terminate()
finally:
    subprocess.run(["docker", "rm", "--force", *names], capture_output=True)
"""
rule = Path(os.environ["LAB_TOOLS"], "sampling.py").read_text()
vm = f"{os.environ['LAB_PREFIX']}-{os.environ['LAB_SCENARIO']}-vm"
in_vm = ["ssh", "-F", os.environ["LAB_SSH_CONFIG"], vm]
measured = subprocess.run([*in_vm, "python3", "-", str(ROUNDS)], input=rule + INSIDE, stdout=subprocess.PIPE, text=True)
if measured.returncode:
    sys.exit(measured.returncode)
seconds = json.loads(measured.stdout)
print("a process is killed; from its death to the next start, by the engine's own clock")
print(f"policy: {told(seconds['policy'])} s")
print(f"Swarm:  {told(seconds['swarm'])} s")
print(f"Swarm, times as long, round by round: {told(ratios(seconds['swarm'], seconds['policy']))}")
count = "docker service ls --format '{{.Name}}: {{.Replicas}} replicas'; docker service ps --quiet shop | wc -l"
replicas, history = subprocess.run([*in_vm, count], check=True, capture_output=True, text=True).stdout.splitlines()
print(f"{replicas}, {history.strip()} containers in its history")
series = {_("policy, the same container"): seconds["policy"], _("Swarm, a new container"): seconds["swarm"]}
draw(samples(_("From the death to the next start"), "s", series, _("Measured inside the VM."), vm=True))
