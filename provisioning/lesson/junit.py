"""Write the results of checks and proofs as JUnit XML, which CI reads."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from provisioning.environment import users_umask
from provisioning.errors import HostError
from provisioning.lesson.checks import Verdict

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""The characters that XML 1.0 has no way to write."""
CURE = "Name a place that may be written to, with space left."


@dataclass(frozen=True)
class Case:
    """One thing that was to be shown."""

    suite: str
    """Such as a file of checks: JUnit's ``classname``."""
    name: str
    seconds: float = 0.0
    failure: str = ""
    """Why it does not hold."""
    error: str = ""
    """Why nobody can say whether it holds."""


def prepare(folder: Path) -> None:
    """Make the folder that a report will go to, and try to write to it.

    Raises:
        HostError: it cannot be made, or not be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise HostError(f"The report cannot be written to {folder}: {error.strerror}.", CURE) from error


def of_checks(verdicts: Sequence[Verdict]) -> list[Case]:
    """Return the verdicts on claims as cases."""
    cases = []
    for verdict in verdicts:
        file, _, name = verdict.check.partition("::")
        said = "" if verdict.passed else verdict.message or "no message"
        failure, error = (said, "") if verdict.made else ("", said)
        suite = file.removesuffix(".py").replace("/", ".")
        cases.append(Case(suite, name, verdict.seconds, failure, error))
    return cases


@contextmanager
def report(path: Path | None, suite: str) -> Iterator[list[Case]]:
    """Gather cases, and write them at the end if ``path`` names a file. An error that ends the work is a case, too.

    Raises:
        HostError: they cannot be written.
    """
    cases: list[Case] = []
    try:
        yield cases
    except BaseException as error:
        cases.append(Case("lab", suite, error=str(error) or type(error).__name__))
        raise
    finally:
        if path:
            write(path, suite, cases)


def write(path: Path, suite: str, cases: Sequence[Case]) -> None:
    """Write the cases as one suite.

    Raises:
        HostError: it cannot be written.
    """
    counts = {
        "tests": len(cases),
        "failures": sum(bool(case.failure) for case in cases),
        "errors": sum(bool(case.error) for case in cases),
        "skipped": 0,
    }
    root = ElementTree.Element("testsuites")
    attributes = {"name": visible(suite), **{name: str(count) for name, count in counts.items()}}
    attributes["time"] = f"{sum(case.seconds for case in cases):.3f}"
    element = ElementTree.SubElement(root, "testsuite", attributes)
    for case in cases:
        found = ElementTree.SubElement(
            element,
            "testcase",
            {"classname": visible(case.suite), "name": visible(case.name), "time": f"{case.seconds:.3f}"},
        )
        for kind, said in (("failure", case.failure), ("error", case.error)):
            if said:
                text = visible(said)
                ElementTree.SubElement(found, kind, {"message": text.partition("\n")[0]}).text = text
    try:
        with users_umask():
            path.write_bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
    except OSError as error:
        raise HostError(f"The report {path} cannot be written: {error.strerror}.", CURE) from error


def visible(text: str) -> str:
    r"""Return the text with the characters spelled out that XML cannot hold.

    >>> visible("red\x1b[0m, a bell\a and a tab\t")
    'red\\x1b[0m, a bell\\x07 and a tab\t'
    """
    return FORBIDDEN.sub(lambda match: match[0].encode("unicode_escape", "surrogatepass").decode(), text)
