#!/usr/bin/env python3
"""Make a FAT file system, and ask the kernel to mount it: the system call behind `mount`."""

import ctypes
import os
import subprocess
import tempfile

libc = ctypes.CDLL(None, use_errno=True)
with tempfile.TemporaryDirectory() as folder:
    image = os.path.join(folder, "fat.img")
    subprocess.run(["mkfs.vfat", "-C", image, "4096"], stdout=subprocess.DEVNULL, check=True)
    kind = subprocess.run(["file", "-b", image], stdout=subprocess.PIPE, text=True, check=True)
    print(next(part for part in kind.stdout.split(",") if part.startswith(" FAT")).strip())
    libc.mount(image.encode(), folder.encode(), b"vfat", 0, None)
    print("mount:", os.strerror(ctypes.get_errno()))
print("loop devices:", [name for name in os.listdir("/dev") if name.startswith("loop")] or "none")
with open("/proc/self/status") as status:
    power = next(int(line.split()[1], 16) for line in status if line.startswith("CapEff:"))
print("CAP_SYS_ADMIN:", "yes" if power >> 21 & 1 else "no")
