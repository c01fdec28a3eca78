"""A guest that was loaded from memory has the time, and random numbers that no other one draws."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from provisioning.deployment import Deployment
from provisioning.machines.vm import libvirt, power, snapshot, wake
from tests.engine.conftest import lab

DRAW = "head -c 16 /dev/urandom | od -A n -t x1; date +%s.%N"


def drawn(opened: Deployment) -> str:
    """What the guest draws at random, its clock being right at that moment."""
    began = time.time()
    numbers, now = opened.machine("vm").exec(["sh", "-c", DRAW]).stdout.splitlines()
    assert began - 1 < float(now) < time.time() + 1
    return numbers


def test_two_resets_draw_different_numbers_at_the_right_time(opened: Deployment) -> None:
    first = drawn(opened)
    assert lab("reset", "scenario-3").returncode == 0
    assert drawn(opened) != first


def test_without_the_port_libvirt_s_agent_wakes_the_guest(opened: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(path: str, told: Mapping[str, str], late: float, deadline: float) -> None:
        raise PermissionError(path)

    domain = opened.vms.place("vm").domain
    opened.machine("vm").exec(["date", "-s", "2001-01-01"])
    monkeypatch.setattr(wake, "through_port", forbidden)
    wake.tell(domain, libvirt.running(domain), wake.SETTLE | wake.AWAKE, time.monotonic() + 60)
    drawn(opened)


def test_a_guest_is_kept_at_rest(opened: Deployment) -> None:
    domain = opened.vms.place("vm").domain
    # Nothing is started before or after the loop: a program that comes from the disk waits, and looks like rest.
    busy = "(timeout 4 sh -c ': >/run/busy; while :; do :; done'; : >/run/rested) >/dev/null 2>&1 &"
    opened.machine("vm").exec(["sh", "-c", f"{busy} until [ -e /run/busy ]; do :; done"])
    wake.tell(domain, libvirt.running(domain), wake.SETTLE, time.monotonic() + power.PATIENCE)
    assert opened.machine("vm").exec(["test", "-e", "/run/rested"]).status == 0


def keep_answering(port: socket.socket, enough: threading.Event) -> None:
    """Have the guest always be about to answer a hundred lines."""
    words = json.dumps({"id": "", "time": time.time(), "entropy": ""}).encode() + b"\n"
    port.sendall(200 * words)
    with port.makefile("rb") as answers:
        while not enough.is_set():
            for _ in range(100):
                answers.readline()
            port.sendall(100 * words)


def test_a_guest_that_was_kept_while_it_answered_wakes_at_once(opened: Deployment) -> None:
    """Its scheduler holds that the program which ran then has run ever since, and must not have it wait for that."""
    domain, ago, enough = opened.vms.place("vm").domain, 12.0, threading.Event()
    running = libvirt.running(domain)
    libvirt.monitor(domain, f"loadvm {snapshot.SNAPSHOT}")
    wake.tell(domain, running, {}, time.monotonic() + power.PATIENCE)
    with ThreadPoolExecutor() as pool, socket.socket(socket.AF_UNIX) as port:
        port.connect(libvirt.channel(running, wake.PORT))
        port.settimeout(60)
        talk = pool.submit(keep_answering, port, enough)
        try:
            libvirt.monitor(domain, "savevm answering")
        finally:
            enough.set()
        talk.result()
    time.sleep(ago)
    libvirt.monitor(domain, "loadvm answering")
    wake.tell(domain, running, wake.AWAKE, time.monotonic() + ago / 2)
    libvirt.monitor(domain, "delvm answering")
    drawn(opened)
