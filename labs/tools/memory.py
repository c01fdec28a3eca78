"""One metric of memory for every scenario: what a machine's processes hold.

Held is memory behind which there is no file (Pss_Anon + Pss_Shmem of the kernel's account, a page that several share
counted in parts): the host gets it back only when the process lets it go, or by swapping. Pages of files are not in it;
the host drops those when it needs the room. A guest's memory, its cache of files included, is held by its QEMU.
"""

import os
import re
import subprocess

MIB = 1024  # KiB


def call(*argv):
    return subprocess.run(argv, capture_output=True, text=True, timeout=60).stdout


def account(name, pids):
    """The kernel's account of some processes, from /proc; empty where this user may not read it."""
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    return call(*root, "cat", *(f"/proc/{pid}/{name}" for pid in pids)) if pids else ""


def held(pids):
    """MiB that some processes hold together; None where it may not be read."""
    found = re.findall(r"^Pss_(?:Anon|Shmem): +(\d+)", account("smaps_rollup", pids), re.M)
    return sum(map(int, found)) / MIB if found else None


def qemu(domain):
    """The process that is a VM to the host."""
    return call("pgrep", "-o", "-f", f"^[^ ]*qemu[^ ]* .*guest={domain},").strip()


def of_vm(domain):
    """MiB that a VM's process holds, and MiB of the code that an emulator translated, which are not among them."""
    pid = qemu(domain)
    whole = held([pid])
    if whole is None:
        return None, None
    # No other piece of its memory may be written to and executed.
    pieces = re.findall(r"^[0-9a-f]+-[0-9a-f]+ rwx.*?^Rss: +(\d+)", account("smaps", [pid]), re.M | re.S)
    code = sum(map(int, pieces)) / MIB
    return whole - code, code


def of_container(name):
    """MiB that a container's processes hold, and MiB of the engine's process beside it (its shim)."""
    first = call("docker", "inspect", "--format", "{{.State.Pid}}", name).strip()
    inside = call("docker", "top", name, "-eo", "pid").split()[1:]
    return held(inside), held(call("ps", "-o", "ppid=", "-p", first).split())
