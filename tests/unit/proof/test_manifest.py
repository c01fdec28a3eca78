"""What is told of two states of a machine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from provisioning.machines import Kind, Result
from provisioning.proof import manifest


class Pretended:
    """A machine that answers the probe with what it is told."""

    name = "box"

    def __init__(self, kind: Kind, found: dict[str, dict[str, str]]) -> None:
        self.kind = kind
        self.found = found

    def exec(self, argv: Sequence[str], **_: object) -> Result:
        return Result(0, "0" if argv[0] == "date" else msgspec.json.encode(self.found).decode(), "", 0.1)

    def shell_argv(self, *, terminal: bool = True) -> list[str]:
        raise NotImplementedError


def test_what_came_what_went_and_what_changed() -> None:
    before = {"files": {"/a": "one", "/b": "two"}, "ports": {"tcp 22": "open"}, "clock": {"time": "right"}}
    now = {"files": {"/b": "three", "/c": "four"}, "ports": {"tcp 22": "open"}, "clock": {"time": "wrong"}}
    assert [str(each) for each in manifest.differences("vm", before, now)] == [
        "vm: files: /a vanished",
        "vm: files: /b changed",
        "vm: files: /c appeared",
        "vm: clock: time changed: right became wrong",
    ]


def test_what_differs_by_itself_is_left_out() -> None:
    found = {
        "files": {"/etc/hosts": "x", "/etc/hosts.allow": "x"},
        "settings": {"kernel.random.uuid": "1", "vm.x": "2"},
    }
    taken = manifest.take(Pretended("vm", found))
    assert (set(taken["files"]), set(taken["settings"])) == ({"/etc/hosts.allow"}, {"vm.x"})


def test_of_a_container_the_hosts_kernel_is_left_out() -> None:
    found = {"settings": {"vm.x": "1", "net.core.somaxconn": "2"}, "modules": {"loop": "loaded"}}
    taken = manifest.take(Pretended("container", found))
    assert (set(taken["settings"]), set(taken["modules"])) == ({"net.core.somaxconn"}, set())


def test_a_clock_that_is_wrong_is_told() -> None:
    assert manifest.take(Pretended("vm", {}))["clock"]["time"].endswith(" s behind the host's")


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    manifest.write({"ports": {"tcp 22": "open"}}, tmp_path)
    assert manifest.read(tmp_path) == {"ports": {"tcp 22": "open"}}


def test_the_probe_needs_the_standard_library_alone() -> None:
    subprocess.run([sys.executable, "-I", "-S", "-c", manifest.PROBE.read_text().replace("__main__", "")], check=True)
