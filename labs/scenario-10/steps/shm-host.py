#!/usr/bin/env python3
"""Two more containers with one IPC namespace between them: how fast does a picture get over, each of two ways?"""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.environ["LAB_TOOLS"])
from figures import _, draw, samples
from sampling import ratios, take, told

ROUNDS = 6
lab, scenario, image = (os.environ[name] for name in ("LAB_PREFIX", "LAB_SCENARIO", "LAB_IMAGE_BOX"))
labels = ["--label", f"lab.name={lab}", "--label", f"lab.scenario={scenario}"]
server, program = f"{lab}-{scenario}-server", f"{lab}-{scenario}-program"
volume = ["--volume", f"{lab}-{scenario}-sockets:/tmp/.X11-unix"]
WAIT = "for try in $(seq 100); do DISPLAY=:4 xdpyinfo >/dev/null 2>&1 && exit; sleep 0.1; done; exit 1"


def docker(*words):
    return subprocess.run(["docker", *words], check=True, capture_output=True, text=True).stdout


def pictures(how):
    """Pictures of 500 x 500 points a second, by the count of x11perf."""
    said = docker("exec", "--env", "DISPLAY=:4", program, "x11perf", "-repeat", "1", "-reps", "1000", how)
    return float(re.search(r"([\d.]+)/sec", said)[1])


subprocess.run(["docker", "rm", "--force", server, program], capture_output=True)
try:
    # --ipc shareable lends the namespace, --ipc container:NAME joins it.
    docker(
        "run",
        "--detach",
        "--init",
        *labels,
        *volume,
        "--ipc=shareable",
        "--name",
        server,
        image,
        "Xvfb",
        ":4",
        "-noreset",
    )
    docker(
        "run",
        "--detach",
        "--init",
        *labels,
        *volume,
        f"--ipc=container:{server}",
        "--name",
        program,
        image,
        "sleep",
        "900",
    )
    docker("exec", server, "sh", "-c", WAIT)
    ways = {"socket": lambda: pictures("-putimage500"), "shared": lambda: pictures("-shmput500")}
    found = take(ways, ROUNDS)
finally:
    subprocess.run(["docker", "rm", "--force", server, program], capture_output=True)
print("two containers with one IPC namespace, pictures of 500 x 500 points a second")
print(f"through the socket:    {told(found['socket'])}")
print(f"through shared memory: {told(found['shared'])}")
print(f"times as many, round by round: {told(ratios(found['shared'], found['socket']))}")
series = {_("through the socket"): found["socket"], _("through shared memory"): found["shared"]}
note = _("Both ways in turns, from one container to another on the host. No VM takes part.")
draw(samples(_("Pictures handed over"), "1/s", series, note))
