"""Print the state of the machine that this runs in as JSON: section, name, value. The lab pipes it to `python3` there.

It uses the standard library alone, and prints all that it finds: what of it may differ is decided elsewhere.
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
    """Return the text of a file; nothing if it may not be read or has gone."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError:
        return ""


def digest(path: str) -> str:
    """Return the beginning of the SHA-256 of a file's content."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]
    except OSError as error:
        return str(error.strerror)


MOUNTS = [line.split() for line in read("/proc/self/mounts").splitlines()]


def files() -> dict[str, str]:
    """Return every file: mode, owner, size, and the moment of its last change, in nanoseconds.

    The kernel notes that moment by itself whenever content, mode or owner change (`st_ctime`, inode(7)); `touch` cannot
    set it. It stands for the content: to read all content takes an emulated VM a minute and more. On file systems that
    are made anew with the machine (volumes, memory) the moments differ, so there the content itself is read.
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
                waiting.append(entry.path)  # without its size and time, which change with what is in it
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
    """Return Debian's packages: state and version."""
    query = ["dpkg-query", "--show", "--showformat", r"${Package}\t${db:Status-Abbrev}${Version}\n"]
    listed = subprocess.run(query, check=False, capture_output=True, text=True).stdout
    return dict(line.split("\t") for line in listed.splitlines())


def accounts() -> dict[str, str]:
    """Return users and groups."""
    lines = [
        (f"{kind} {line}".partition(":"))
        for kind, file in (("user", "passwd"), ("group", "group"))
        for line in read(f"/etc/{file}").splitlines()
    ]
    return {name: rest for name, _, rest in lines}


def processes() -> dict[str, str]:
    """Return how many processes run each command line, without kernel threads and this program."""
    counted: Counter[str] = Counter()
    for number in filter(str.isdigit, os.listdir("/proc")):
        words = read(f"/proc/{number}/cmdline").split("\0")
        if int(number) != os.getpid() and any(words):
            counted[" ".join(words).strip()] += 1
    return {command: str(count) for command, count in counted.items()}


def mounts() -> dict[str, str]:
    """Return what is mounted where."""
    return {target: f"{kind} from {source}, {options.split(',')[0]}" for source, target, kind, options, *_ in MOUNTS}


def ports() -> dict[str, str]:
    """Return listening TCP ports, and UDP ports in use."""
    found = {}
    for protocol, listening in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
        for line in read(f"/proc/net/{protocol}").splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if state == listening:
                address, _, port = local.partition(":")
                found[f"{protocol} {int(port, 16)} at {address}"] = "open"
    return found


def settings() -> dict[str, str]:
    """Return the kernel's settings, as `sysctl --all` would."""
    found = {}
    for folder, _, names in os.walk("/proc/sys"):
        for name in names:
            path = os.path.join(folder, name)
            if os.stat(path).st_mode & stat.S_IRUSR:
                found[path.removeprefix("/proc/sys/").replace("/", ".")] = read(path).strip()
    return found


def modules() -> dict[str, str]:
    """Return the kernel's modules."""
    return dict.fromkeys(re.findall(r"^\S+", read("/proc/modules"), re.MULTILINE), "loaded")


SECTIONS = (files, packages, accounts, processes, mounts, ports, settings, modules)
if __name__ == "__main__":
    json.dump({each.__name__: each() for each in SECTIONS}, sys.stdout)
