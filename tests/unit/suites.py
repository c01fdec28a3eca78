"""What a test reads in a report for CI."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path


def parsed(path: Path) -> ElementTree.Element:
    suite = ElementTree.parse(path).getroot().find("testsuite")  # noqa: S314 (we wrote it)
    assert suite is not None
    return suite
