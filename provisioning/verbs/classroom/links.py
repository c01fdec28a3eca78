"""Hand out the links."""

from __future__ import annotations

from pathlib import Path

import click

from provisioning.errors import UsageError
from provisioning.seats.links import Links
from provisioning.seats.serving import Serving
from provisioning.seats.slips import Slip, as_csv
from provisioning.show.as_json import print_json
from provisioning.show.slips import show_slips, write_file, write_slips
from provisioning.verbs.classroom.options import open_class, seats_argument
from provisioning.verbs.options import json_option


@click.command()
@seats_argument
@click.option("--renew", is_flag=True, help="First give the seats that are named new links: the old ones open nothing.")
@click.option("--html", "page", type=click.Path(path_type=Path, dir_okay=False), help="Write slips to print and cut.")
@click.option("--csv", "table", type=click.Path(path_type=Path, dir_okay=False), help="Write them as CSV.")
@json_option
def links(seat_names: tuple[str, ...], renew: bool, page: Path | None, table: Path | None, as_json: bool) -> None:
    """Show the learners' links: slips to print, CSV or JSON. All seats where none is named.

    Who has a link is root in that seat. Links outlive resets, restarts and `class down`.

    \b
    Example: python3 lab.py class links --html slips.html
             python3 lab.py class links 7 --renew
    """
    if renew and not seat_names:
        raise UsageError("Which links are to be made anew?", "Name the seats: python3 lab.py class links 7 --renew")
    classroom, _ = open_class()
    serving = Serving(classroom.settings)
    wish = serving.wish()
    if wish is None:
        raise UsageError("The pages are not served, so they have no address.", "Run: python3 lab.py class serve")
    seats = classroom.seats(seat_names)
    holders = {seat: seat.learner or seat.seat for seat in seats}
    tokens = Links(serving.folder).ensure(holders.values(), holders.values() if renew else ())
    slips = [
        Slip(seat=seat.seat, name=seat.learner, link=wish.link(tokens[holder]), token=tokens[holder])
        for seat, holder in holders.items()
    ]
    if page:
        write_slips(page, slips, wish, serving.certificate(wish))
    if table:
        write_file(table, as_csv(slips), encoding="utf-8-sig")
    if as_json:
        print_json(slips)
    elif not (page or table):
        show_slips(slips)
