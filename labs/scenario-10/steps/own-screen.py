#!/usr/bin/env python3
"""Start the VM's disk once more in plain QEMU, with a graphics card, and take a picture of its screen from outside."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.environ["LAB_FOLDER"])
import picture

LIMIT = 300  # seconds
disk = os.environ["LAB_DISK_VM"]
argv = ["setpriv", "--pdeathsig", "KILL", "--", "qemu-system-x86_64", "-m", "512", "-nodefaults", "-display", "none"]
argv += ["-accel", "kvm", "-cpu", "host"] if os.environ["LAB_HYPERVISOR"] == "kvm" else ["-accel", "tcg"]
argv += ["-device", "VGA,xres=640,yres=400", "-serial", "stdio"]
# A public box's disk is not ours to read: then only the firmware writes on the screen.
argv += ["-drive", f"file={disk},format=qcow2,if=virtio,snapshot=on"] if disk else []

with tempfile.TemporaryDirectory() as folder:
    path, dump = f"{folder}/qmp", f"{folder}/screen.ppm"
    argv += ["-qmp", f"unix:{path},server=on,wait=off"]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as qemu:
        clock = threading.Timer(LIMIT, qemu.kill)
        clock.start()
        shown = b""
        while disk and b"login:" not in shown and (some := qemu.stdout.read1()):
            shown += some
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(path)
            answers = control.makefile("r")
            answers.readline()  # the greeting
            for command in {"execute": "qmp_capabilities"}, {"execute": "screendump", "arguments": {"filename": dump}}:
                control.sendall(json.dumps(command).encode())
                answer = json.loads(answers.readline())
                while "event" in answer:
                    answer = json.loads(answers.readline())
        with open(dump, "rb") as file:
            taken = picture.from_ppm(file.read())
        clock.cancel()
        qemu.kill()

picture.write_png(f"{os.environ['LAB_ARTIFACTS']}/vm-own-screen.png", taken)
print("QEMU, once more, with: -device VGA")
print(f"vm-own-screen.png: {taken[0]} x {taken[1]} points, {picture.colours(taken)} colours")
sys.exit(picture.colours(taken) < 2)
