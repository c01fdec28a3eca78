#!/usr/bin/env python3
"""Fetch a picture of each display to the host, and look whether anything is on it."""

import os
import subprocess
import sys

sys.path.insert(0, os.environ["LAB_FOLDER"])
import picture

name = f"{os.environ['LAB_PREFIX']}-{os.environ['LAB_SCENARIO']}"
take = ["xwd", "-root", "-silent", "-display", ":1"]
for machine, reach in {
    "vm": ["ssh", "-F", os.environ["LAB_SSH_CONFIG"], f"{name}-vm"],
    "box": ["docker", "exec", f"{name}-box"],
}.items():
    taken = picture.from_xwd(subprocess.run([*reach, *take], check=True, capture_output=True).stdout)
    picture.write_png(f"{os.environ['LAB_ARTIFACTS']}/{machine}.png", taken)
    print(f"{machine}.png: {taken[0]} x {taken[1]} points, {picture.colours(taken)} colours")
