"""Break things in the VM. How long was it from the death of a container to the start of the one in its place?"""

import json
import subprocess
import time

ROUNDS = 3
SHOPS = "label=com.docker.swarm.service.name=shop"


def docker(*words):
    return subprocess.run(["docker", *words], check=True, capture_output=True, text=True).stdout.split()


def healed(breaking, selected):
    """Seconds between two events of the engine, by the time that it notes itself."""
    since = f"{time.time_ns() / 1e9:.9f}"
    subprocess.run(breaking, check=True, capture_output=True)
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
    return round((times["start"] - times["die"]) / 1e9, 3)


always = "--detach --init --network host --name always --restart always localhost/busybox sleep 1000"
docker("run", *always.split())
series = {"policy, process killed": [], "Swarm, container removed": []}
for _ in range(ROUNDS):
    process = docker("inspect", "--format", "{{.State.Pid}}", "always")[0]
    series["policy, process killed"].append(healed(["kill", "-9", process], "container=always"))
    victim = docker("ps", "--quiet", "--filter", SHOPS)[0]
    series["Swarm, container removed"].append(healed(["docker", "rm", "--force", victim], SHOPS))
docker("rm", "--force", "always")
print(json.dumps(series))
