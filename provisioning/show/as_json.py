"""Results for programs to read."""

from __future__ import annotations

from typing import Any

import msgspec

from provisioning import streams
from provisioning.inert import escaped


def print_json(value: object) -> None:
    """Write a value to standard output as JSON, in UTF-8 whatever the locale."""
    try:
        data = msgspec.json.encode(value)
    except UnicodeEncodeError:  # the name of a file need not be UTF-8
        data = msgspec.json.encode(_spelled_out(msgspec.to_builtins(value)))
    text = escaped(msgspec.json.format(data, indent=2).decode())
    streams.write_bytes(text.encode() + b"\n")


def _spelled_out(value: Any) -> Any:
    """Return plain data with what UTF-8 cannot hold spelled out, as on the screen."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {_spelled_out(name): _spelled_out(each) for name, each in value.items()}
        case list():
            return [_spelled_out(each) for each in value]
    return value
