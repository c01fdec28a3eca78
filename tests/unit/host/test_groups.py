"""The groups whose members may use the engines."""

from __future__ import annotations

import grp
import os
import pwd
from types import SimpleNamespace

import pytest

from provisioning.errors import HostError
from provisioning.host import groups


@pytest.mark.parametrize(
    ("uid", "registered", "held", "join", "awaited"),
    [
        (1000, set(), set(), ["docker", "libvirt", "kvm"], []),
        (1000, {1, 2, 3}, set(), [], ["docker", "libvirt", "kvm"]),
        (1000, {1, 2, 3}, {1, 2, 3}, [], []),
        (1000, {2}, {1}, ["kvm"], ["libvirt"]),
        (0, set(), set(), [], []),
    ],
    ids=["new", "before the next login", "after it", "by newgrp", "root"],
)
def test_groups_hold_from_the_next_login(
    monkeypatch: pytest.MonkeyPatch, uid: int, registered: set[int], held: set[int], join: list[str], awaited: list[str]
) -> None:
    numbers = {"docker": 1, "libvirt": 2, "kvm": 3}
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setattr(os, "getegid", lambda: 1000)
    monkeypatch.setattr(os, "getgroups", lambda: list(held))
    monkeypatch.setattr(os, "getgrouplist", lambda name, gid: [gid, *registered])
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: SimpleNamespace(pw_name="somebody", pw_gid=1000))
    monkeypatch.setattr(grp, "getgrnam", lambda name: SimpleNamespace(gr_gid=numbers[name]))
    assert groups.groups_to_join() == join
    assert groups.awaited_groups() == awaited


def test_a_user_who_has_a_number_and_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that was started for any number."""
    numbers = {"docker": 1, "libvirt": 2, "kvm": 3}
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    monkeypatch.setattr(os, "getegid", lambda: 54321)
    monkeypatch.setattr(grp, "getgrnam", lambda name: SimpleNamespace(gr_gid=numbers[name]))
    monkeypatch.setattr(os, "getgroups", lambda: [1, 2, 3])
    assert groups.user_name() == "54321"
    assert groups.awaited_groups() == []
    assert groups.groups_to_join() == []
    monkeypatch.setattr(os, "getgroups", lambda: [1])
    with pytest.raises(HostError, match=r"54321.*no name"):
        groups.groups_to_join()
