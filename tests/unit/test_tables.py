"""The table at the end of the tests' output counts tests that there are."""

from __future__ import annotations

import pytest

from provisioning.settings import REPOSITORY
from tests.conftest import KINDS

FILES = [str(path.relative_to(REPOSITORY / "tests")) for path in (REPOSITORY / "tests").rglob("test_*.py")]


@pytest.mark.parametrize(("kind", "beginning"), [(kind, each) for kind, of in KINDS.items() for each in of])
def test_each_beginning_names_files(kind: str, beginning: str) -> None:
    assert [file for file in FILES if file.startswith(beginning)] != []
