"""Results for programs to read."""

from __future__ import annotations

import msgspec

from provisioning import streams
from provisioning.inert import escaped


def print_json(value: object) -> None:
    """Write a value to standard output as JSON, in UTF-8 whatever the locale."""
    text = escaped(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
    streams.write_bytes(text.encode() + b"\n")
