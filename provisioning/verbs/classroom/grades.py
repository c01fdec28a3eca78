"""Take the grades home."""

from __future__ import annotations

from pathlib import Path

import click

from provisioning import environment
from provisioning.errors import UsageError
from provisioning.seats.grades import Book, as_csv, class_folder
from provisioning.settings import load_settings
from provisioning.show.as_json import print_json
from provisioning.show.classes import show_grades
from provisioning.verbs.options import json_option


@click.command()
@click.option("--csv", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write them as CSV.")
@json_option
def grades(file: Path | None, as_json: bool) -> None:
    """Show what the checks from outside found: who met which task, and when a check first saw it.

    No seat need be up.

    \b
    Example: python3 lab.py class grades --csv grades.csv
    """
    found = Book(class_folder(load_settings())).read()
    if file:
        try:
            with environment.users_umask():
                # With a mark at its beginning, or a spreadsheet takes Korean names for another encoding.
                file.write_text(as_csv(found), encoding="utf-8-sig", newline="")
        except OSError as error:
            raise UsageError(f"{file} cannot be written: {error.strerror}.", "Name another file.") from error
    if as_json:
        print_json(found)
    elif not file:
        show_grades(found)
