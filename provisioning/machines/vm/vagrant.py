"""Boot a VM by Vagrant from a golden disk or a public box. No other file knows Vagrant."""

from __future__ import annotations

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

from provisioning.errors import MachineError
from provisioning.machines.command import bound, run
from provisioning.machines.vm import disk, libvirt, places, power
from provisioning.machines.vm.console import BootWatch
from provisioning.machines.vm.places import Box, Place
from provisioning.progress import Phase
from provisioning.settings import REPOSITORY, Settings

ATTEMPTS = 3
"""How often Vagrant is asked to bring up a VM if something of another lab vanishes while Vagrant looks at it.
A guest that fell over boots once more (an emulated one did not find its root file system, once in a hundred boots)."""
VANISHED = re.compile(
    r"not found: no (network|storage pool|domain) with matching|because it is locked"
    r"|No such file or directory .*/machine-index/\w+\.lock"
)
"""What Vagrant says then; "locked" if it was already undoing what it had made. Of its index it may remove a lock twice,
by two threads of its own (machine_index.rb, `unlocked_release`)."""
BOOTED = "Machine booted and ready!"
"""Vagrant's words for having logged in to the guest."""
BOX_VERSION = "1"


def _vagrant_home(settings: Settings) -> Path:
    return settings.run / "vagrant.d"


def link_box(place: Place, box: Box) -> None:
    """Make a box built here known to Vagrant, its image already in the pool.

    ``vagrant box add`` and the upload of the image copy it twice (70 s for 371 MB); links take no time.
    """
    if box.disk is None:
        return
    folder = _vagrant_home(place.settings) / "boxes" / box.name / BOX_VERSION / "libvirt"
    folder.mkdir(parents=True, exist_ok=True)
    size = json.loads(run(["qemu-img", "info", "--force-share", "--output=json", str(box.disk)]).stdout)["virtual-size"]
    metadata = {"provider": "libvirt", "format": "qcow2", "virtual_size": -(-size // 2**30)}
    (folder / "metadata.json").write_text(json.dumps(metadata))
    image = folder / "box.img"
    image.unlink(missing_ok=True)
    image.symlink_to(box.disk)
    _link(box.disk, volume(place, box))
    for base in box.disk.parent.glob(places.BACKINGS):
        _link(base, place.pool.path / base.name)


def volume(place: Place, box: Box) -> Path:
    """Return the image of a box in the pool; the name is vagrant-libvirt's."""
    return place.pool.path / f"{box.name}_vagrant_box_image_{BOX_VERSION}_box.img"


def _link(file: Path, link: Path) -> None:
    """Have ``link`` lead to the file, unless it does."""
    if link.exists() and link.samefile(file):
        return
    link.unlink(missing_ok=True)  # it leads to a disk that is gone
    try:
        os.link(file, link)
    except PermissionError:  # libvirt gave the image to QEMU's user, and links to others' files are forbidden
        link.symlink_to(file)


def require_own(place: Place) -> None:
    """Raise unless the VM's name is free, or its own.

    Raises:
        HostError: a domain of the wanted name is not the lab's own.
    """
    if libvirt.find_uuid(place.domain) not in ("", place.uuid):
        raise libvirt.foreign("domain", place.domain)


def vacate(place: Place) -> None:
    """Remove what there is of the VM itself."""
    places.make_folder_of_ports(place)
    places.remove(place)


def share(place: Place, box: Box) -> None:
    """Make network, pool and box ready, which VMs share.

    Raises:
        HostError: a network or a pool of the wanted name is not the lab's own.
    """
    with places.SHARED, ThreadPoolExecutor(1) as pool:
        network = pool.submit(place.network.ensure, place.address, place.domain)  # beside the pool: 0.1 s less
        place.pool.ensure()
        link_box(place, box)
        place.pool.refresh()  # libvirt would still list the disk of a boot that was interrupted
        network.result()


def boot(place: Place, box: Box, *, memory: int, cpus: int, hypervisor: str, key: Path | None, phase: Phase) -> None:
    """Run ``vagrant up`` from the box; ``memory`` in MiB, ``hypervisor`` ``kvm`` or ``qemu`` (emulation).

    Vagrant looks at every network and pool of the host, and fails if one of another lab vanishes meanwhile. Then ask it
    again.

    Raises:
        MachineError: Vagrant failed (the error holds libvirt's or Vagrant's sentence, and names the full log), or the
            guest was silent for :data:`provisioning.machines.vm.power.SILENCE` seconds (the error holds its last
            lines, and the VM is removed).
    """
    log = place.settings.run / "logs" / f"vagrant-{place.domain}.log"
    hardware: dict[str, str | int] = {
        "box": box.name,
        "memory": memory,
        "cpus": cpus,
        "driver": hypervisor,  # vagrant-libvirt's word for it
        "io": disk.io(),
    }
    keys = {"private_key": str(key), "public_key": key.with_suffix(".pub").read_text()} if key else {}
    log.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(ATTEMPTS):
        require_own(place)
        vacate(place)
        share(place, box)
        place.folder.mkdir(parents=True)
        places.write_settings(place, hardware | keys)
        watch = _vagrant_up(place, box, log, phase)
        if watch.gave_up:
            console = log.with_name(f"console-{place.domain}.log")
            console.write_text("".join(f"{line}\n" for line in watch.printed()), encoding="utf-8")
            places.remove(place)
            # A watch that came late, as on a busy host, has missed why the guest is silent.
            if (watch.fell or not watch.heard) and attempt == 0:
                continue
            raise power.silent(place, watch, _look_into(console))
        if watch.status == 0:
            return
        said = cause(log.read_text(encoding="utf-8"))
        if attempt + 1 == ATTEMPTS or not VANISHED.search(said):
            raise MachineError(f"Vagrant cannot bring up {place.domain}: {said}", _look_into(log))


def _look_into(log: Path) -> str:
    return f"The full log is {log}; `python3 lab.py doctor` looks for the cause."


def _vagrant_up(place: Place, box: Box, log: Path, phase: Phase) -> BootWatch:
    """Run ``vagrant up`` to its end. Return the watch, which knows how it ended."""
    with (
        log.open("w", buffering=1, encoding="utf-8") as record,  # by lines: who waits can read along
        subprocess.Popen(
            bound(["vagrant", "up", "--provider=libvirt"]),
            cwd=REPOSITORY,
            env=environment(place, box),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as vagrant,
    ):
        assert vagrant.stdout is not None  # noqa: S101 (asked for above)
        watch = BootWatch(place.domain, power.SILENCE, vagrant.kill)
        try:
            # A public box may print nothing on its console, so only Vagrant's own limit of time holds for it.
            with watch.watching() if box.disk else nullcontext():
                for line in vagrant.stdout:
                    record.write(line)
                    phase.note(line.partition(":")[2].strip(" ->\n"))
                    watch.tell(line)
                    if BOOTED in line:
                        watch.reached()
        except BaseException:
            vagrant.kill()
            raise
    watch.status = vagrant.returncode
    return watch


def cause(log: str) -> str:
    """Return what ended ``vagrant up``, from all that it printed: libvirt's own sentence, a plugin's, or Vagrant's.

    >>> cause("==> vm: Removing domain...\\na.rb:7:in `create': Call to virDomainCreate failed: no room (Lib::Error)")
    'no room'
    """
    refused = re.findall(r"Call to vir\w+ failed: (.+?)(?: \(\S+\))?$", log, re.MULTILINE)
    raised = re.findall(r"^\S+\.rb:\d+:in [`'].+?': (.+?)(?: \([\w:]+\))?$", log, re.MULTILINE)
    if refused or raised:
        return str((refused or raised)[-1])
    # Lines about progress begin with the machine's name.
    lines = [line for line in log.splitlines() if not re.match(r"(==>| {4}\w+:|Bringing machine|\[fog\])", line)]
    paragraphs = [" ".join(part.split()) for part in "\n".join(lines).split("\n\n")]
    return next((part for part in paragraphs if part), "it said nothing")


def login(place: Place, box: Box) -> dict[str, str]:
    """Return how to log in to a VM of a public box, as Vagrant has arranged it: OpenSSH's settings, by their names."""
    import vagrant  # here: it takes 0.015 s, and is needed only for a public box

    conf = vagrant.Vagrant(root=str(REPOSITORY), env=environment(place, box)).conf()
    return {str(name): str(value) for name, value in conf.items()}


def environment(place: Place, box: Box) -> dict[str, str]:
    """Return the environment of a `vagrant` command for this VM. A public box lies in the user's own Vagrant folder."""
    return {
        **os.environ,
        **place.settings.signature,
        "LAB_VM_SETTINGS": str(place.folder / "settings.json"),
        "VAGRANT_DOTFILE_PATH": str(place.folder / "data"),
        "VAGRANT_CHECKPOINT_DISABLE": "1",
        "VAGRANT_NO_COLOR": "1",
    } | ({"VAGRANT_HOME": str(_vagrant_home(place.settings))} if box.disk else {})
