"""Write down the state of the machine this runs in, as JSON: section, name, value. Piped to `python3` in a machine.

Standard library only. What is found is told as it is; which of it may differ, the driver decides.
"""

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
from collections import Counter

VIRTUAL = re.compile(
    "autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|mqueue|proc|pstore|ramfs"
    "|securityfs|sysfs|tracefs"
)
"""File systems in which nobody keeps a file."""


def read(path: str) -> str:
    """The text of a file; empty where it may not be read or went away."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError:
        return ""


def digest(path: str) -> str:
    """The beginning of the SHA-256 of a file's content."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]
    except OSError as error:
        return str(error.strerror)


MOUNTS = [line.split() for line in read("/proc/self/mounts").splitlines()]


def files() -> dict[str, str]:
    """Every file: mode, owner, size, and the moment of its last change.

    That is not the time that `touch` sets, but the one that the kernel notes by itself whenever content, mode or owner
    change (`st_ctime`, inode(7)). It stands for the content: to read all of it takes an emulated VM a minute and more.
    Where all is made anew with the machine (volumes, memory), the content itself is told.
    """
    found: dict[str, str] = {}
    waiting, disk = ["/"], os.stat("/").st_dev
    skipped = {target for _, target, kind, *_ in MOUNTS if VIRTUAL.fullmatch(kind)}
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except FileNotFoundError:
            continue
        for entry in entries:
            if entry.path in skipped:
                continue
            try:
                state = entry.stat(follow_symlinks=False)
                target = os.readlink(entry.path) if stat.S_ISLNK(state.st_mode) else ""
            except FileNotFoundError:
                continue
            value = f"{stat.filemode(state.st_mode)} {state.st_uid}:{state.st_gid}"
            if stat.S_ISDIR(state.st_mode):
                waiting.append(entry.path)  # what is in it is told by itself
            elif target:
                value += f" -> {target}"
            elif stat.S_ISREG(state.st_mode):
                of = state.st_ctime_ns if state.st_dev == disk else f"content {digest(entry.path)}"
                value += f" {state.st_size} bytes of {of}"
            else:
                value += f" device {state.st_rdev}"
            found[entry.path] = value
    return found


def packages() -> dict[str, str]:
    """Debian packages with state and version."""
    query = ["dpkg-query", "--show", "--showformat", r"${Package}\t${db:Status-Abbrev}${Version}\n"]
    listed = subprocess.run(query, check=False, capture_output=True, text=True).stdout
    return dict(line.split("\t") for line in listed.splitlines())


def accounts() -> dict[str, str]:
    """Users and groups."""
    lines = [
        (f"{kind} {line}".partition(":"))
        for kind, file in (("user", "passwd"), ("group", "group"))
        for line in read(f"/etc/{file}").splitlines()
    ]
    return {name: rest for name, _, rest in lines}


def processes() -> dict[str, str]:
    """How many processes run each command line, kernel threads and this program not counted."""
    counted: Counter[str] = Counter()
    for number in filter(str.isdigit, os.listdir("/proc")):
        words = read(f"/proc/{number}/cmdline").split("\0")
        if int(number) != os.getpid() and any(words):
            counted[" ".join(words).strip()] += 1
    return {command: str(count) for command, count in counted.items()}


def mounts() -> dict[str, str]:
    """What is mounted where."""
    return {target: f"{kind} from {source}, {options.split(',')[0]}" for source, target, kind, options, *_ in MOUNTS}


def ports() -> dict[str, str]:
    """Listening TCP ports, and UDP ports in use."""
    found = {}
    for protocol, listening in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
        for line in read(f"/proc/net/{protocol}").splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if state == listening:
                address, _, port = local.partition(":")
                found[f"{protocol} {int(port, 16)} at {address}"] = "open"
    return found


def settings() -> dict[str, str]:
    """What `sysctl --all` would tell."""
    found = {}
    for folder, _, names in os.walk("/proc/sys"):
        for name in names:
            path = os.path.join(folder, name)
            if os.stat(path).st_mode & stat.S_IRUSR:
                found[path.removeprefix("/proc/sys/").replace("/", ".")] = read(path).strip()
    return found


def modules() -> dict[str, str]:
    """The kernel's modules."""
    return dict.fromkeys(re.findall(r"^\S+", read("/proc/modules"), re.MULTILINE), "loaded")


SECTIONS = (files, packages, accounts, processes, mounts, ports, settings, modules)
if __name__ == "__main__":
    json.dump({each.__name__: each() for each in SECTIONS}, sys.stdout)
