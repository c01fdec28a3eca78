#!/usr/bin/env python3
"""Who was hit by the process that took too much, and who has the memory now."""

import os
import re
import subprocess

root = [] if os.geteuid() == 0 else ["sudo", "-n"]
lab = f"{os.environ['LAB_PREFIX']}-{os.environ['LAB_SCENARIO']}"


def call(*argv):
    return subprocess.run(argv, capture_output=True, text=True, timeout=50).stdout


def cgroup(machine, *names):
    """A container's account, under its name in cgroup version 2 or else in version 1."""
    files = [f"/sys/fs/cgroup/{names[0]}", f"/sys/fs/cgroup/memory/{names[1]}"]
    return call("docker", "exec", f"{lab}-{machine}", "sh", "-c", f"cat {files[0]} 2>/dev/null || cat {files[1]}")


for machine in ("open", "tight"):
    state = call("docker", "inspect", "--format={{.State.Status}}", f"{lab}-{machine}").strip()
    killed = re.search(r"^oom_kill (\d+)", cgroup(machine, "memory.events", "memory.oom_control"), re.M)[1]
    used = int(cgroup(machine, "memory.current", "memory.usage_in_bytes")) / 2**20
    print(f"{machine:<6} {state}; {killed} killed for memory; uses {used:.0f} MiB now")
for machine in ("vm", "vm2"):
    domain = f"{lab}-{machine}"
    ask = "free -m | awk '/^Mem/ {print $3}'; awk '/^oom_kill / {print $2}' /proc/vmstat"
    used, killed = call("ssh", "-F", os.environ["LAB_SSH_CONFIG"], domain, ask).split()
    info = call("virsh", "--quiet", "--connect", "qemu:///system", "dominfo", domain)
    granted = int(re.search(r"Max memory: +(\d+)", info)[1])
    pid = call("pgrep", "-o", "-f", f"guest={domain},").strip()
    # The piece of QEMU's memory that is as large as the grant is the guest's.
    pieces = re.findall(r"^Size: +(\d+) kB.*?^Rss: +(\d+) kB", call(*root, "cat", f"/proc/{pid}/smaps"), re.M | re.S)
    touched = sum(int(resident) for size, resident in pieces if 0 <= int(size) - granted < 4096) / 1024
    print(f"{machine:<6} {killed} killed for memory; uses {used} MiB now, the host keeps {touched:.0f} MiB for it")
with open("/proc/meminfo") as file:
    print(f"host   {int(re.search(r'MemAvailable: +([0-9]+)', file.read())[1]) / 1024:.0f} MiB available")
