"""What stands in the place of engines, of their programs and of a screen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

from provisioning.machines.container import engine
from provisioning.machines.container.engine import Found
from provisioning.progress import Quiet
from provisioning.scenario.model import ContainerSpec
from provisioning.settings import Settings


class Docker(Protocol):
    """What the rooms above ask Docker Engine in the tests."""

    def has_image(self, tag: str) -> bool: ...
    def tags(self, repository: str) -> list[str]: ...
    def image_size(self, tag: str) -> int: ...
    def image_made(self, tag: str) -> str: ...
    def image_id(self, tag: str) -> str: ...
    def image_labels(self, tag: str) -> dict[str, str]: ...
    def remove_image(self, tag: str) -> bool: ...
    def everyone(self) -> list[Found]: ...
    def full_name(self, scenario: str, machine: str) -> str: ...
    def prepare(self, scenario: str, specs: Iterable[ContainerSpec]) -> None: ...
    def named(self, scenario: str) -> dict[str, Found]: ...
    def remove_container(self, container: str) -> None: ...
    def create(
        self,
        scenario: str,
        machine: str,
        spec: ContainerSpec,
        image: str,
        folder: Path,
        labels: Mapping[str, str],
    ) -> None: ...


@dataclass
class FakeEngine:
    """Docker Engine, as far as images are listed and containers looked for."""

    images: dict[str, dict[str, str]] = field(default_factory=dict)
    """Labels by tag."""
    containers: list[Found] = field(default_factory=list)
    created: Mapping[str, str] = field(default_factory=dict)
    """Labels of the containers that were made."""

    def has_image(self, tag: str) -> bool:
        return tag in self.images

    def tags(self, repository: str) -> list[str]:
        return [tag for tag in self.images if tag.startswith(f"{repository}:")]

    def image_size(self, tag: str) -> int:
        return 5

    def image_made(self, tag: str) -> str:
        return "2026-11-25T03:43:05.123456789Z"

    def image_id(self, tag: str) -> str:
        return f"sha256:{tag}"

    def image_labels(self, tag: str) -> dict[str, str]:
        return self.images[tag]

    def remove_image(self, tag: str) -> bool:
        self.images.pop(tag, None)
        return True

    def everyone(self) -> list[Found]:
        return self.containers

    def full_name(self, scenario: str, machine: str) -> str:
        return f"lab-{scenario}-{machine}"

    def prepare(self, scenario: str, specs: Iterable[ContainerSpec]) -> None:
        pass

    def named(self, scenario: str) -> dict[str, Found]:
        return {}

    def remove_container(self, container: str) -> None:
        pass

    def create(
        self,
        scenario: str,
        machine: str,
        spec: ContainerSpec,
        image: str,
        folder: Path,
        labels: Mapping[str, str],
    ) -> None:
        self.created = labels


REAL: Callable[[Settings], Docker] = engine.Engine
FAKE: Callable[[], Docker] = FakeEngine
"""The type checker holds both to it."""


class Said(Quiet):
    """A progress that keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


def stand_in(program: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a program of `sh` take the place of the one of that name."""
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


def hangs(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a program that sleeps take the place of ``docker`` or ``virsh``."""
    stand_in(program, "exec sleep 60", monkeypatch)
