"""The way in: listen to signals, run one verb, and end every error in two sentences and a status."""

from __future__ import annotations

import gc
import sys
from typing import NoReturn

import click

from provisioning import environment, interrupt, streams
from provisioning.errors import LabError
from provisioning.settings import load_settings
from provisioning.show.screen import Screen
from provisioning.verbs import lab

GARBAGE = 200_000
"""Python looks for garbage each time so many objects were made. To load modules makes many and leaves no garbage: with
Python's own number of 700, a fifth of a verb's start goes into looking."""


def main() -> NoReturn:
    """Run one verb and end the process with its status; no error leaves as a traceback."""
    streams.take_over()
    interrupt.listen()
    gc.set_threshold(GARBAGE)
    wants_json = "--json" in sys.argv
    try:
        environment.enter()
        with lab.make_context("lab.py", sys.argv[1:]) as context:
            lab.invoke(context)
        sys.exit(0)
    except LabError as error:
        _fail(error, wants_json)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, EOFError, click.Abort):
        _fail(Interruption(interrupt.WHAT, interrupt.CURE), wants_json)
    except Exception as error:
        # What only errors need is imported late: it takes 0.02 s of processor time.
        from provisioning.causes import explained

        came = Interruption(interrupt.WHAT, interrupt.CURE) if interrupt.has_come() else None
        _fail(came or explained(error) or _mistake(error), wants_json)
    finally:
        interrupt.let_go()
        gc.freeze()  # what is left goes with the process


class Interruption(LabError):
    """A signal, or the end of what was typed, ended the verb."""

    exit_status = interrupt.STATUS


class Mistake(LabError):
    """The lab itself is wrong."""

    exit_status = 70


def _fail(error: LabError, wants_json: bool) -> NoReturn:
    try:
        if wants_json:
            from provisioning.show.as_json import print_json  # here: it takes 0.03 s, and few errors are told in JSON

            print_json({"error": {"what": error.what, "cure": error.cure, "exit_status": error.exit_status}})
    except LabError as unwritten:  # what cannot be written either is told beside it
        Screen().error(unwritten.what, unwritten.cure)
    Screen().error(error.what, error.cure)
    sys.exit(error.exit_status)


def _mistake(error: Exception) -> Mistake:
    """Return what to say of an unforeseen error, and keep where it came from in a file."""
    # Here: they take 0.01 s, and no other end needs them.
    import traceback
    from tempfile import NamedTemporaryFile

    told = "".join(traceback.format_exception(error))
    what = "A mistake in the lab itself ended this."
    try:
        report = load_settings().run / "crash.log"
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(told)
        return Mistake(what, f"Please report it, with {report}.")
    except (OSError, LabError):
        pass  # the home is another user's, or missing
    try:
        with NamedTemporaryFile("w", prefix="lab-crash-", suffix=".log", delete=False) as file:
            file.write(told)
        return Mistake(what, f"Please report it, with {file.name}.")
    except OSError:
        return Mistake(what, f"Please report it, with this: {' | '.join(told.strip().splitlines()[-3:])}")


if __name__ == "__main__":
    main()
