"""How the driver logs in to VMs: one key pair per host, one OpenSSH configuration per scenario."""

from __future__ import annotations

from pathlib import Path

from provisioning.machines.command import run
from provisioning.settings import Settings


def ssh_key(settings: Settings) -> Path:
    """The lab's private key (ed25519, mode 0600), made when missing; the public one lies beside it as ``.pub``.

    It outlives every image: the images hold its public half.
    """
    path = settings.home / "ssh" / "id_ed25519"
    if not path.with_suffix(".pub").exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(path)])
    return path
