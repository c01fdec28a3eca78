"""Open the instructor's page."""

from __future__ import annotations

from functools import partial

import click

from provisioning.page.access import CLASS
from provisioning.progress import Quiet
from provisioning.seats.classroom import Classroom
from provisioning.seats.engine import connect
from provisioning.settings import load_settings
from provisioning.verbs.open import serve_options, serve_page


@click.command("open")
@serve_options
def open_(port: int | None, host: str, no_browser: bool) -> None:
    """Open all seats on one page: who is where, who waves for help; shells, messages, resets, the time left.

    The link holds a secret: whoever has it is root in every seat. The server ends with Ctrl-C; seats stay as they are.

    \b
    Example: python3 lab.py class open
    """
    # Its package is there when the verb runs, but not when somebody asks for help.
    from provisioning.page.board.server import serve

    settings = load_settings()
    classroom = Classroom(settings, connect(settings), Quiet())
    if serve_page(settings, partial(serve, classroom), "/", host, port, not no_browser, CLASS):
        click.echo("\nThe page is closed. Seats stay as they are; the same link works again after: lab.py class open")
