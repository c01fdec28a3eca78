"""Slips with the links of a class: on the screen, and as a page to print and cut."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.table import Table
from rich.text import Text

from provisioning.errors import UsageError
from provisioning.inert import line
from provisioning.private import write_private
from provisioning.seats.serving import Wish
from provisioning.seats.slips import Slip
from provisioning.seats.tls import Certificate
from provisioning.show.views import Views

FOLDER = Path(__file__).parent


def show_slips(slips: Sequence[Slip]) -> None:
    """Show the links, a line each, whole however narrow the terminal is."""
    table = Table(box=None, pad_edge=False)
    for head in ("seat", "name", "link"):
        table.add_column(head, overflow="fold")
    for slip in slips:
        table.add_row(*(Text(line(cell)) for cell in (slip.seat, slip.name, slip.link)))
    Views().out.print(table)


def write_slips(file: Path, slips: Sequence[Slip], wish: Wish, shown: Certificate) -> None:
    """Write a page of slips, in English and Korean. Only its writer can read it.

    Raises:
        UsageError: the file cannot be written.
    """
    environment = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined)
    fingerprint = "" if wish.certificate else shown.fingerprint
    told = environment.get_template("slips.html.j2").render(slips=slips, wish=wish, fingerprint=fingerprint)
    write_file(file, told)


def write_file(file: Path, text: str, encoding: str = "utf-8") -> None:
    """Write a file that holds links, for its writer's eyes alone.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        place = file.resolve()
        if place.exists() and not place.is_file():
            raise UsageError(f"{file} is no file.", "Name another one.")
        write_private(place, text.encode(encoding))
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.", "Name another file.") from error
