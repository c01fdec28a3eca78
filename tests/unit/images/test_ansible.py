"""The version of Ansible is part of an image's key."""

from __future__ import annotations

from importlib.metadata import version

from provisioning.images.ansible import ansible_version


def test_the_version_of_ansible_is_the_installed_one() -> None:
    assert ansible_version() == version("ansible-core")
