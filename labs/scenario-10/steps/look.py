#!/usr/bin/env python3
"""What box, which only drew a logo there, sees of screen's display."""

import os
import subprocess
import sys

sys.path.insert(0, os.environ["LAB_FOLDER"])
import picture

name = f"{os.environ['LAB_PREFIX']}-{os.environ['LAB_SCENARIO']}"
in_box = ["docker", "exec", "--env", "DISPLAY=:2", f"{name}-box"]
windows = subprocess.run([*in_box, "xwininfo", "-root", "-tree"], check=True, capture_output=True, text=True).stdout
for line in windows.splitlines():
    if '"' in line:
        print("box sees the window", line.split('"')[1])
taken = picture.from_xwd(subprocess.run([*in_box, "xwd", "-root", "-silent"], check=True, capture_output=True).stdout)
picture.write_png(f"{os.environ['LAB_ARTIFACTS']}/screen-taken-by-box.png", taken)
print(f"screen-taken-by-box.png: {picture.colours(taken)} colours")
for place in "box", "screen":
    found = subprocess.run(["docker", "exec", f"{name}-{place}", "pgrep", "-l", "^x(clock|logo)"], capture_output=True)
    print(f"programs in {place}:", ", ".join(line.split()[1] for line in found.stdout.decode().splitlines()))
