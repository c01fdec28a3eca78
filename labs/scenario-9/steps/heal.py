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
SHOPS = "label=com.docker.swarm.service.name=shop"

def docker(*words):
    return subprocess.run(["docker", *words], check=True, capture_output=True, text=True).stdout.split()

def healed(container, selected):
    # Seconds between two events, by the time that the engine notes.
    since = f"{time.time_ns() / 1e9:.9f}"
    process = docker("inspect", "--format", "{{.State.Pid}}", container)[0]
    subprocess.run(["kill", "-9", process], check=True)
    listening = ["timeout", "300", "docker", "events", "--since", since, "--filter", selected]
    listening += ["--filter", "event=die", "--filter", "event=start", "--format", "{{.Action}} {{.TimeNano}}"]
    with subprocess.Popen(listening, stdout=subprocess.PIPE, text=True) as events:
        times = {}
        for line in events.stdout:
            action, when = line.split()
            times[action] = int(when)
            if {"die", "start"} <= times.keys() and times["start"] > times["die"]:
                break
        events.terminate()
    return (times["start"] - times["die"]) / 1e9

def policy():
    # A new container each time: the engine waits twice as long before each further start of one that soon died.
    docker(*"run --detach --init --network host --name always --restart always localhost/busybox sleep 1000".split())
    try:
        return healed("always", "container=always")
    finally:
        docker("rm", "--force", "always")

def swarm():
    return healed(docker("ps", "--quiet", "--filter", SHOPS)[0], SHOPS)

print(json.dumps(take({"policy": policy, "swarm": swarm}, int(sys.argv[1]))))
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
