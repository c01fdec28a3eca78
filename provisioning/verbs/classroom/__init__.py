"""The verbs of a class of learners. Python keeps the word `class` to itself, so the folder has another name."""

from __future__ import annotations

import click

from provisioning.verbs import CLASS, LazyGroup


@click.group("class", cls=LazyGroup, verbs=CLASS)
def class_() -> None:
    """Give each learner of a class a seat of their own on this server: make, watch, check, reset and remove seats.

    \b
    Example: python3 lab.py class up scenario-3 --seats 3
    """
