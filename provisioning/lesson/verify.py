"""Verify scenarios: try on real machines what a lesson promises, and end with a verdict on each scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from provisioning.deployment import Deployment, down, find
from provisioning.errors import MachineError
from provisioning.host.setup import prepare
from provisioning.images.base import build_ahead
from provisioning.lesson.checks import Verdict
from provisioning.lesson.durations import durations, forecast, keep
from provisioning.lesson.session import Session
from provisioning.lesson.steps import Evidence
from provisioning.lesson.texts import untranslated
from provisioning.lesson.verification import INTERRUPTED, Verification, Verified
from provisioning.lock import locked
from provisioning.progress import Progress
from provisioning.scenario.load import load_named
from provisioning.scenario.model import Scenario
from provisioning.settings import Settings
from provisioning.stock.store import limit_growth


class Viewer:
    """Sees what a scenario shows, as it comes. This one ignores it."""

    def steps(self, evidence: Sequence[Evidence], prediction: str) -> None:
        """See one step's evidence."""

    def checks(self, verdicts: Sequence[Verdict], tasks: Mapping[str, Verdict]) -> None:
        """See the verdicts on the claims, and on the goals of the tasks."""


def verify_all(
    settings: Settings,
    names: Sequence[str],
    progress: Progress,
    yes: bool,
    junit: Path | None,
    viewer: Callable[[Scenario], Viewer],
) -> list[Verified]:
    """Verify scenarios, one after the other; an interrupt ends it, with what was found until then.

    Before each one it is told how long those that are left took the last time on this host. What the host lacks is
    installed before the first one that can be read (``yes``: without asking). ``junit`` is a folder for one XML file a
    scenario, and ``viewer`` makes a viewer for a scenario.
    """
    results: list[Verified] = []
    asked = False
    unprepared: Exception | None = None
    for position, name in enumerate(names):
        found = Verification(name)
        if told := forecast(names, position, durations(settings)):
            progress.say(told)
        try:
            scenario = load_named(settings.scenarios, name)
            if not asked:
                asked = True
                try:
                    prepare(settings, progress, yes, meanwhile=lambda: build_ahead(settings, progress))
                except Exception as error:  # raised for each scenario below: the host is prepared only once
                    unprepared = error
            if unprepared:
                raise unprepared
            verify(Deployment(settings, scenario, progress), progress, found, viewer(scenario))
        except (Exception, KeyboardInterrupt) as error:
            found.fails(error)
        results.append(found.end(junit / f"{name}.xml" if junit else None))
        if results[-1].status == 0:
            keep(settings, name, results[-1].seconds)
        for problem in results[-1].problems:
            progress.say(f"{name}: {problem}")
        if results[-1].status == INTERRUPTED:
            break
    return results


def verify(deployment: Deployment, progress: Progress, found: Verification, viewer: Viewer) -> None:
    """Verify one scenario, then keep the cache within its limit, whatever goes wrong before.

    ``found`` takes in what comes of it, and ``viewer`` is told of it.

    Raises:
        LabError: see :func:`_verify`.
    """
    try:
        _verify(deployment, progress, found, viewer)
    finally:
        try:
            limit_growth(deployment.settings, progress, baked=found.baked)
        except Exception as error:  # told beside what went wrong before, not instead of it
            found.fails(error)


def _verify(deployment: Deployment, progress: Progress, found: Verification, viewer: Viewer) -> None:
    """Up, run, check, prove tasks, reset and checks, down; down comes whatever goes wrong before.

    Raises:
        LabError: the scenario is up already, a machine could not be made or reached, or a script did not end in time.
    """
    scenario, session = deployment.scenario, Session(deployment, progress)

    def show(evidence: list[Evidence], prediction: str) -> None:
        found.steps(evidence)
        viewer.steps(evidence, prediction)

    with locked(deployment.settings, f"verify {scenario.name}", progress, discards=scenario.name):
        if find(deployment.settings, scenario.name):
            raise MachineError(
                f"{scenario.name} is up, and verify would throw away what is in it.",
                f"If nobody needs it any more: python3 lab.py down {scenario.name}",
            )
        try:
            found.baked = deployment.up()
            if said := untranslated(scenario, session.run(None, show)):
                found.proof("every figure speaks every language", said)
            verdicts, tasks = session.check(None)
            viewer.checks(verdicts, tasks)
            found.checks(verdicts)
            found.tasks = len(tasks)
            found.proof("every task is red until it is solved", session.prove_tasks())
            deployment.reset()
            found.proof("a reset leaves nothing", [str(difference) for difference in deployment.prove()])
            found.proof("every check can fail", session.prove_checks())
        finally:
            try:
                down(deployment.settings, scenario.name, progress)
            except Exception as error:  # told beside what went wrong before, not instead of it
                found.fails(error)
