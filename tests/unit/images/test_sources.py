"""What the lab's images are made from is looked up once, and nobody waits for what they do not need."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from provisioning.images import sources
from provisioning.images.sources import Sources
from provisioning.progress import Quiet
from provisioning.settings import Settings


def test_a_vm_does_not_wait_until_the_client_of_the_containers_engine_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, has_key = threading.Event(), threading.Event()

    def slow(settings: Settings) -> Any:
        asked.set()
        assert has_key.wait(10), "the key was waited for"

    monkeypatch.setattr(sources, "engine_of", slow)
    found = Sources(Settings(home=tmp_path), Quiet())
    connecting = threading.Thread(target=found.connect)
    connecting.start()
    assert asked.wait(10)
    looking = threading.Thread(target=found.ensure_key, daemon=True)
    looking.start()
    looking.join(5)
    assert not looking.is_alive()
    has_key.set()
    connecting.join()
