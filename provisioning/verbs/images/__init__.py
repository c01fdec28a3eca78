"""The verbs of what machines are made from."""

from __future__ import annotations

import click

from provisioning.verbs import IMAGES, LazyGroup


@click.group(cls=LazyGroup, verbs=IMAGES)
def images() -> None:
    """List, build, explain or prune what machines are made from.

    \b
    Example: python3 lab.py images list
    """
