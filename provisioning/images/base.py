"""The one root file system behind every machine: a container image and a VM disk, from one mmdebstrap run.

Containers get the common packages; the VM gets the same files and, on top, what makes a computer: kernel, init
system, SSH server, boot loader. x86-64 only.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from provisioning.errors import HostError
from provisioning.host.packages import FOR_THE_BASE
from provisioning.images.cache import Cache, Inputs, hash_tree, key_of
from provisioning.progress import Phase, Progress
from provisioning.settings import Settings

HOOKS = Path(__file__).parent / "hooks"
KIND = "base"
FORMAT = 2
"""Raise it when the files of an entry change their names or their meaning."""

COMMON_PACKAGES = (
    "ca-certificates",
    "curl",
    "dos2unix",
    "file",
    "iproute2",
    "less",
    "nano",
    "passwd",  # with useradd: no longer essential in Debian 13
    "procps",
    "psmisc",
    "python3",  # Ansible's modules need all of it: python3-minimal lacks shutil
    "python3-apt",
    "util-linux",
)
VM_PACKAGES = (
    "dbus",
    "e2fsprogs",
    "grub-pc-bin",
    "initramfs-tools",
    "kmod",
    "linux-image-amd64",  # not the cloud kernel: that lacks the disks of VirtualBox and VMware, vfat and ntfs3
    "openssh-server",
    "qemu-guest-agent",  # sets the clock after a restore without the cost of a login
    "sudo",
    "systemd-resolved",
    "systemd-sysv",
    "udev",
    "util-linux-extra",  # with hwclock
    "zstd",
)
OPTIONS = (
    "--variant=apt",
    "--format=directory",
    '--aptopt=Acquire::Languages "none"',  # descriptions in other languages are half of what apt fetches
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/info/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
)
DISK_MIB = 4096
DISK_ID = "1ab00001"
"""The partition table's id, fixed so that the kernel's command line can name the root partition by it."""

SPACE = 4 * 10**9
"""Bytes that a build takes at its peak: root directory, raw disk, qcow2 and downloaded packages side by side."""


@dataclass(frozen=True)
class Base:
    """The files that every image starts from."""

    key: str
    container_tar: Path
    """Root file system for ``docker import``."""
    disk: Path
    """Bootable qcow2 disk of ``DISK_MIB``; never written to, only a backing file."""
    kernel_image: Path
    """The VM's kernel, as a file for QEMU."""
    packages_container: Path
    """``name version`` a line."""
    packages_vm: Path
    kernel: str
    """The release that ``uname -r`` answers in the VM."""


def base_inputs(suite: str) -> Inputs:
    """Return everything that decides what the base holds, except the versions that the mirror holds on that day.

    ``suite`` is the code name of its release of Debian.
    """
    return {
        "format": FORMAT,
        "suite": suite,
        "common packages": COMMON_PACKAGES,
        "vm packages": VM_PACKAGES,
        "options": OPTIONS,
        "disk": [DISK_MIB, DISK_ID],
        "hooks": hash_tree(HOOKS),
    }


def ensure_base(settings: Settings, progress: Progress) -> Base:
    """Find the base in the cache, or build it (a minute or so, 100 MB from the Debian mirror).

    The disk holds no key to any account: a guest gets one at its first start (``Vagrantfile``).

    The build's log is ``<settings.run>/logs/base.log``; that of a successful build stays in the entry as ``build.log``.

    Raises:
        HostError: a tool is missing, the disk is full, the build failed, or somebody edited its hooks meanwhile.
    """
    cache = Cache(settings.cache, settings.shared_cache)
    inputs = base_inputs(settings.suite)
    key = key_of(inputs)
    path = cache.get(KIND, key)
    if path is None:
        log = settings.run / "logs" / "base.log"

        def fill(out: Path) -> None:
            _build(settings.suite, out, log, progress)
            if base_inputs(settings.suite) != inputs:
                raise HostError(f"{HOOKS} changed while the base was built.", "Repeat the command: it is built anew.")

        path = cache.build(KIND, key, inputs, fill, need=SPACE)
    facts = json.loads((path / "facts.json").read_bytes())
    return Base(
        key=key,
        container_tar=path / "container.tar",
        disk=path / "disk.qcow2",
        kernel_image=path / "vmlinuz",
        packages_container=path / "packages-container.txt",
        packages_vm=path / "packages-vm.txt",
        kernel=facts["kernel"],
    )


def build_ahead(settings: Settings, progress: Progress) -> None:
    """Build the base if it is missing, unless VMs and containers both start from something else.

    Raises:
        HostError: see :func:`ensure_base`.
    """
    if not (settings.vagrant_box and settings.container_image):
        ensure_base(settings, progress)


def mirrors(suite: str) -> list[str]:
    """List the Debian archives that this host's own apt uses, as lines of a sources.list for ``suite``.

    A host of another release uses the same archives for its own: a mirror of Debian holds every release. Empty where
    the host is no Debian: mmdebstrap then takes its default mirror. Sources of other vendors are left out by their
    origin (apt-get(8), ``indextargets``).
    """
    answer = subprocess.run(
        [
            "apt-get",
            "indextargets",
            "--format",
            "$(ORIGIN) $(CODENAME) $(REPO_URI) $(COMPONENT)",
            "Created-By: Packages",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return archives(answer.stdout, suite)


def archives(targets: str, suite: str) -> list[str]:
    """Read what :func:`mirrors` asks apt for: a line for each index, of origin, code name, URI and component.

    >>> archives("Debian trixie http://a/debian/ main\\nDebian trixie-backports http://a/debian/ main", "bookworm")
    ['deb http://a/debian/ bookworm main']
    """
    lines = []
    for row in (line.split() for line in targets.splitlines()):
        if len(row) != 4 or row[0] != "Debian" or row[3] != "main":
            continue
        _, pocket, kind = row[1].partition("-")
        if kind in ("", "updates", "security"):
            lines.append(f"deb {row[2]} {suite}{pocket}{kind} main")
    # A system cannot be made from updates alone.
    return list(dict.fromkeys(lines)) if any(f" {suite} " in line for line in lines) else []


def _build(suite: str, out: Path, log: Path, progress: Progress) -> None:
    environment = _environment(out)
    for need in FOR_THE_BASE:
        if shutil.which(need.program, path=environment["PATH"]) is None:
            raise HostError(f"{need.program} is not installed.", "Run `python3 lab.py setup`.")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("")
    root, raw, scratch = out / "root", out / "disk.raw", out / "scratch"
    scratch.mkdir()
    seconds: dict[str, float] = {}

    def step(title: str, argv: Sequence[str | Path]) -> None:
        started = time.monotonic()
        with progress.phase(title) as phase:
            follow([str(word) for word in argv], environment, log, phase, "the base")
        seconds[title] = round(time.monotonic() - started, 1)

    step(
        "Base: packages",
        [
            *namespaces(),
            *("mmdebstrap", "--mode=unshare", *OPTIONS, f"--include={','.join(COMMON_PACKAGES)}"),
            f"--customize-hook={shlex.quote(str(HOOKS / 'container.sh'))}",
            f"--customize-hook={shlex.quote(str(HOOKS / 'vm.sh'))}",
            suite,
            root,
            *mirrors(suite),
        ],
    )
    step("Base: disk", [*namespaces(), HOOKS / "disk.sh", root, raw])
    step("Base: qcow2", ["qemu-img", "convert", "-O", "qcow2", raw, out / "disk.qcow2"])
    step("Base: clean up", [*namespaces(), "rm", "-rf", root, raw, scratch, out / "boot.img", out / "core.img"])

    kernel = (out / "kernel.txt").read_text().strip()
    (out / "kernel.txt").unlink()
    sizes = {name: (out / name).stat().st_size for name in ("container.tar", "disk.qcow2")}
    (out / "facts.json").write_text(json.dumps({"kernel": kernel, "bytes": sizes, "seconds": seconds}, indent=1))
    shutil.copy(log, out / "build.log")


def _environment(out: Path) -> dict[str, str]:
    return {
        **building(out / "scratch"),
        "OUT": str(out),
        "VM_PACKAGES": " ".join(VM_PACKAGES),
        "ROOT_PARTUUID": f"{DISK_ID}-01",
        "DISK_ID": DISK_ID,
        "DISK_MIB": str(DISK_MIB),
    }


def building(scratch: Path) -> dict[str, str]:
    """Return the environment in which mmdebstrap makes a root, with its temporary files in ``scratch``."""
    environment = {
        **os.environ,
        "PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin",  # not in an ordinary user's
        "LC_ALL": "C.UTF-8",
        "TMPDIR": str(scratch),
    }
    proxy = subprocess.run(
        ["apt-config", "shell", "proxy", "Acquire::http::Proxy"], capture_output=True, text=True, check=False
    )
    if proxy.returncode == 0 and proxy.stdout:
        environment["http_proxy"] = shlex.split(proxy.stdout)[0].removeprefix("proxy=")
    return environment


def namespaces() -> list[str]:
    """Return what runs a command as root of its own namespaces: its mounts end with it, its children with the lab."""
    user = [] if os.geteuid() == 0 else ["--map-root-user", "--map-auto"]
    death = ["setpriv", "--pdeathsig", "KILL", "--"]
    return [*death, "unshare", *user, "--mount", "--pid", "--mount-proc", "--fork", "--kill-child", "--"]


def follow(argv: list[str], environment: dict[str, str], log: Path, phase: Phase, built: str) -> None:
    """Run a command. Its output goes into the log, and the lines that tell how far it is go to the phase.

    Raises:
        HostError: it failed, so ``built`` was not built.
    """
    blamed, last = "", ""
    with (
        log.open("a", encoding="utf-8") as record,
        subprocess.Popen(
            argv,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as child,
    ):
        assert child.stdout is not None  # noqa: S101  # asked for above
        try:
            for line in child.stdout:
                record.write(line)
                line = line.strip()
                if line.startswith(("I: ", "Setting up ", "Unpacking ", "update-initramfs: ")):
                    phase.note(line.removeprefix("I: ").split(" (")[0])
                if line.startswith("E: ") and not blamed:
                    blamed = line.removeprefix("E: ")
                last = line or last
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0:
        raise HostError(
            f"Building {built} failed: {blamed or last or f'{argv[0]} ended with {child.returncode}'}.",
            f"Read {log}, then run the same command again.",
        )
