"""JUnit is well-formed XML, and red where something went wrong, whatever is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.errors import HostError, MachineError
from provisioning.lesson import junit
from provisioning.lesson.checks import Verdict
from provisioning.lesson.junit import Case
from tests.unit.suites import parsed


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("plain", "plain"),
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("\x00", "\\x00"),
        ("]]> <![CDATA[ & < > \" ' <!-- -->", "]]> <![CDATA[ & < > \" ' <!-- -->"),
        ("</failure></testcase>", "</failure></testcase>"),
        ("\ud800 \udcff", "\\ud800 \\udcff"),
        ("\ufffe\uffff", "\\ufffe\\uffff"),
        ("\x85\u2028\x7f\x9f", "\x85\u2028\x7f\x9f"),
        ("한국어 \U0001f600", "한국어 \U0001f600"),
        ("two\nlines", "two\nlines"),
        (b"\xff\xfe".decode(errors="surrogateescape"), "\\udcff\\udcfe"),
    ],
)
def test_junit_is_well_formed_whatever_is_said(tmp_path: Path, said: str, read: str) -> None:
    path = tmp_path / "it.xml"
    junit.write(path, said, [Case(said, said, 1.0, failure=said), Case("a", "b", error=said), Case("a", "c")])
    suite = parsed(path)
    assert {name: suite.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "3",
        "failures": "1",
        "errors": "1",
    }
    assert suite.findtext("testcase/failure") == suite.findtext("testcase/error") == read


def test_junit_counts_a_check_that_was_not_made_as_an_error(tmp_path: Path) -> None:
    def verdict(check: str, *, passed: bool, made: bool = True) -> Verdict:
        return Verdict(check=check, title="", machines=(), passed=passed, made=made, message="no", seconds=0.5)

    cases = junit.of_checks(
        [
            verdict("test_a.py::test_x[vm]", passed=True),
            verdict("more/test_b.py::test_y", passed=False),
            verdict("test_a.py::Test::test_z", passed=False, made=False),
        ]
    )
    assert cases == [
        Case("test_a", "test_x[vm]", 0.5),
        Case("more.test_b", "test_y", 0.5, failure="no"),
        Case("test_a", "Test::test_z", 0.5, error="no"),
    ]


@pytest.mark.parametrize("error", [MachineError("It ended.", "Again."), KeyboardInterrupt()])
def test_a_check_that_ends_early_leaves_no_green_report(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "it.xml"
    with pytest.raises(type(error)), junit.report(path, "s") as cases:
        cases.append(Case("a", "green"))
        raise error
    suite = parsed(path)
    assert (suite.get("tests"), suite.get("errors")) == ("2", "1")
    assert suite.findtext("testcase/error") in ("It ended.", "KeyboardInterrupt")


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/none", "/dev/null"])
def test_a_folder_that_cannot_be_written_is_told_before(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HostError, match="cannot be written"):
        junit.prepare(tmp_path / place)
