"""Which Ansible bakes."""

from __future__ import annotations

import re

from provisioning.errors import HostError
from provisioning.settings import REPOSITORY

LOCK = REPOSITORY / "provisioning" / "requirements" / "run.lock"


def ansible_version() -> str:
    """Return the version of ansible-core in the lock that `.venv` was made from.

    To ask Python which one is installed takes longer than to read everything else that decides what an image holds.
    """
    found = re.search(r"^ansible-core==(\S+)", LOCK.read_text(), re.MULTILINE)
    if found is None:
        raise HostError(f"{LOCK} names no ansible-core.", "Check the repository out anew.")
    return found[1]
