"""Keep account of what verifying a scenario shows, so that it ends with a verdict even if something goes wrong."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence
from pathlib import Path

import msgspec

from provisioning.causes import explained
from provisioning.errors import LabError
from provisioning.lesson import junit
from provisioning.lesson.checks import Verdict
from provisioning.lesson.junit import Case
from provisioning.lesson.steps import Evidence

RED = 1
"""The exit status if a step or a check is red, or something was not proven."""
MISTAKE = 70
"""The exit status of a mistake in the lab itself."""
INTERRUPTED = 130
"""The exit status if a signal asked to end."""


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """The result of verifying one scenario."""

    scenario: str
    status: int
    """The exit status: 0 if all is well; 1 if a step or a check is red, or something was not proven; if errors ended
    it, the highest status of theirs."""
    tasks: int
    problems: list[str]
    """What is red, what could not be proven and what went wrong, in sentences."""
    seconds: float


class Verification:
    """What was found so far."""

    def __init__(self, scenario: str) -> None:
        self.scenario = scenario
        self.status = 0
        self.tasks = 0
        self.baked = False
        """True if something was baked for it, so that the cache grew."""
        self.problems: list[str] = []
        self.cases: list[Case] = []
        self._began = time.monotonic()

    def steps(self, evidence: Sequence[Evidence]) -> None:
        """Take in what the steps showed."""
        for each in evidence:
            said = "" if each.ok else f"The step {each.step!r} ended with status {each.status} on {each.machine}."
            output = f"\n{each.stdout}\n{each.stderr}" if said else ""
            self._add(Case("steps", f"{each.step}[{each.machine}]", each.seconds, failure=said + output), said)

    def checks(self, verdicts: Sequence[Verdict]) -> None:
        """Take in the verdicts on the claims."""
        for case, verdict in zip(junit.of_checks(verdicts), verdicts, strict=True):
            self._add(case, "" if verdict.passed else f"The check {verdict.check} is red: {verdict.message}")

    def proof(self, of: str, problems: Sequence[str]) -> None:
        """Take in a proof: what it is ``of``, and what does not hold, in sentences."""
        for problem in problems:
            self._add(Case("proofs", of, failure=problem), problem)
        if not problems:
            self._add(Case("proofs", of), "")

    def fails(self, error: BaseException) -> None:
        """Take in an error that ended the work, or happened beside it."""
        status, said = _told(error)
        details = "".join(traceback.format_exception(error)) if status == MISTAKE else ""
        self._add(Case("verify", self.scenario, error="\n".join(filter(None, (said, details)))), said, status)

    def end(self, report: Path | None) -> Verified:
        """Return the verdict, and write it as JUnit XML if ``report`` names a file."""
        if not self.cases:
            self.proof("that there is something to verify", ["Nothing was run and nothing was checked."])
        if report:
            try:
                junit.write(report, self.scenario, self.cases)
            except LabError as error:
                self.fails(error)
        return Verified(
            scenario=self.scenario,
            status=self.status,
            tasks=self.tasks,
            problems=self.problems,
            seconds=round(time.monotonic() - self._began, 2),
        )

    def _add(self, case: Case, problem: str, status: int = RED) -> None:
        self.cases.append(case)
        if problem:
            self.problems.append(problem)
            self.status = max(self.status, status)


def _told(error: BaseException) -> tuple[int, str]:
    """Return the exit status of an error, and one or two sentences about it."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED, "Interrupted. The next `up` or `down` puts right what was under way."
    error = explained(error) or error
    if isinstance(error, LabError):
        return error.exit_status, f"{error.what} {error.cure}"
    at = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" ({Path(at[0].filename).name}:{at[0].lineno})" if at else ""
    said = " ".join(str(error).split())
    return MISTAKE, f"A mistake in the lab itself ended this: {type(error).__name__}: {said}{where}."
