"""How golden images are baked. Docker Engine alone is a fake."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from provisioning import playbook
from provisioning.deployment import Deployment
from provisioning.errors import ProvisionError


def test_what_is_edited_while_it_is_baked_is_not_kept(
    opened: Deployment, role: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened.images, "machines_of", lambda recipes: nullcontext([]))
    monkeypatch.setattr(playbook, "converge", lambda *_: role.write_text("two"))
    with pytest.raises(ProvisionError, match=r"roles/web/main\.yml changed while it was baked"):
        opened.images.ensure([opened.containers.recipe("box")])
