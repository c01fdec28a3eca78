"""Give the host what the lab needs."""

from __future__ import annotations

import click

from provisioning.host import packages, services
from provisioning.host import setup as host
from provisioning.settings import load_settings
from provisioning.show.screen import Screen


@click.command()
@click.option("--yes", is_flag=True, help="Change the host without asking.")
@click.option("--dev", is_flag=True, help="Also install what the project's own tests need.")
@click.option("--class", "for_class", is_flag=True, help="Also install and start LXD or Incus, for a class.")
def setup(yes: bool, dev: bool, for_class: bool) -> None:  # lab.py has acted on `dev` before
    """Install and start Docker Engine, libvirt, QEMU and Vagrant (Debian and Ubuntu).

    \b
    Example: python3 lab.py setup
    """
    also = (*(packages.FOR_TESTS if dev else ()), *(packages.for_class() if for_class else ()))
    host.setup(load_settings(), Screen(), yes, also, more=services.for_class() if for_class else ())
