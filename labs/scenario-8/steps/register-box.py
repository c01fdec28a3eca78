#!/usr/bin/env python3
"""Ask for the table of the kernel. Nothing would be written to it, as it is the host's."""

import ctypes
import os
import tempfile

libc = ctypes.CDLL(None, use_errno=True)
with tempfile.TemporaryDirectory() as folder:
    if libc.mount(b"binfmt_misc", folder.encode(), b"binfmt_misc", 0, None) == 0:
        libc.umount(folder.encode())
        print("This container has power over the host's kernel.")
    else:
        print("mount binfmt_misc:", os.strerror(ctypes.get_errno()))
try:
    open("/proc/sys/fs/binfmt_misc/register", "w").close()
except OSError as error:
    print("register:", error.strerror)
