"""A learner's way through a scenario: predict, see, do, be checked. What comes of it is kept for the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from provisioning.deployment import Deployment
from provisioning.errors import MachineError
from provisioning.lesson import junit as xml
from provisioning.lesson.checks import Verdict, check_tasks, exchanged, run_checks
from provisioning.lesson.opened import check_target_of, stage_of
from provisioning.lesson.results import Outcome, results_of
from provisioning.lesson.steps import Evidence, run_steps
from provisioning.lock import reading
from provisioning.progress import Progress
from provisioning.scenario.model import Break, Scenario, Step, Task
from provisioning.settings import Settings

TASK_TIMEOUT = 300.0
"""Seconds that a task's solution may take."""


def open_hint(settings: Settings, scenario: Scenario, task: Task, say: Callable[[str], None]) -> list[str]:
    """Open one more hint of a task. Return those opened so far. No machine need be up.

    ``say`` is as in :meth:`provisioning.lesson.results.Results.update`.
    """

    def one_more(kept: Outcome) -> Outcome:
        opened = min(kept.hints.get(task.id, 0) + 1, len(task.hints))
        return replace(kept, hints={**kept.hints, task.id: opened})

    kept = results_of(settings, scenario.name).update(scenario.name, scenario.title, one_more, say)
    return list(task.hints[: kept.hints[task.id]])


def keep_shown(settings: Settings, scenario: Scenario, task: Task, say: Callable[[str], None]) -> None:
    """Keep that the reference solution of a task was shown, or run. No machine need be up.

    ``say`` is as in :meth:`provisioning.lesson.results.Results.update`.
    """

    def one_more(kept: Outcome) -> Outcome:
        return replace(kept, solutions=tuple(dict.fromkeys((*kept.solutions, task.id))))

    results_of(settings, scenario.name).update(scenario.name, scenario.title, one_more, say)


class Session:
    """One scenario that is up, and a learner in front of it."""

    def __init__(self, deployment: Deployment, progress: Progress) -> None:
        self.deployment = deployment
        self.scenario = deployment.scenario
        self.progress = progress
        self.results = results_of(deployment.settings, self.scenario.name)

    def run(
        self,
        ask: Callable[[Step], str] | None,
        show: Callable[[list[Evidence], str], None],
        steps: Sequence[Step] = (),
    ) -> list[Evidence]:
        """Run the steps; ``ask`` gets the learner's prediction, ``show`` the evidence with the prediction beside it.

        ``steps`` are those to run, all where none is named.

        Each prediction and each step's evidence is kept as it comes.

        Raises:
            MachineError: a machine cannot be reached, or a script did not end in time.
        """
        predictions: dict[str, str] = {}

        def before(step: Step) -> None:
            if ask and step.predict:
                predictions[step.id] = ask(step)
                self._keep(lambda kept: replace(kept, predictions={**kept.predictions, **predictions}))

        def after(evidence: list[Evidence]) -> None:
            self._keep(lambda kept: replace(kept, evidence=self._with(kept.evidence, evidence)))
            show(evidence, predictions.get(evidence[0].step, ""))

        return run_steps(stage_of(self.deployment), self.progress, before, after, steps)

    def _with(self, kept: Sequence[Evidence], fresh: Sequence[Evidence]) -> tuple[Evidence, ...]:
        """Return evidence in the order of the steps, ``fresh`` in place of older evidence of the same steps."""
        order = {step.id: number for number, step in enumerate(self.scenario.steps)}
        anew = {each.step for each in fresh}
        every = [*(each for each in kept if each.step in order and each.step not in anew), *fresh]
        return tuple(sorted(every, key=lambda each: order[each.step]))

    def check(self, junit: Path | None) -> tuple[list[Verdict], dict[str, Verdict]]:
        """Return the verdicts on the claims, and on the goals of the tasks; ``junit`` names an XML file to write.

        Raises:
            UsageError: there are no checks, or they cannot be read.
            MachineError: pytest ended before its work was done.
            HostError: the XML file cannot be written.
        """
        title = f"Checking {self.scenario.name} with testinfra"
        with self.progress.phase(title) as phase, xml.report(junit, self.scenario.name) as cases:
            target = check_target_of(self.deployment)

            def judged(verdict: Verdict) -> None:
                phase.note(verdict.title)
                self._keep(lambda kept: replace(kept, verdicts=_judged(kept.verdicts, verdict)))

            verdicts = run_checks(self.scenario, target, judged)
            self._keep(lambda kept: replace(kept, verdicts=tuple(verdicts)))
            cases += xml.of_checks(verdicts)
            tasks = check_tasks(self.scenario, target, self.scenario.tasks)
            self._keep(lambda kept: replace(kept, tasks=tasks))
        return verdicts, tasks

    def check_task(self, task: Task) -> Verdict:
        """Check the goal of one task. Return the verdict.

        Raises:
            UsageError: its check cannot be read.
            MachineError: pytest ended before its work was done.
        """
        with self.progress.phase(f"Checking the task {task.id}"):
            found = check_tasks(self.scenario, check_target_of(self.deployment), [task])
        self._keep(lambda kept: replace(kept, tasks={**kept.tasks, **found}))
        return found[task.id]

    def solve(self, task: Task, script: str) -> int:
        """Run a task's solution, or a wrong attempt, where the learner would work; return its exit status.

        Raises:
            MachineError: the script of a solution ended with an error.
        """
        stage = stage_of(self.deployment)
        result = stage.run(stage.machines[task.machine], script, TASK_TIMEOUT)
        if result.status and script == task.solution:
            said = (result.stderr or result.stdout).strip().splitlines() or ["no message"]
            raise MachineError(
                f"The solution of {task.id!r} ended with status {result.status}: {said[-1]}",
                f"Begin from a clean state, without what you did: python3 lab.py reset {self.scenario.name}",
            )
        return result.status

    def prove_tasks(self) -> list[str]:
        """Prove every task: red as handed out, red after each wrong attempt, green once solved, red after a reset.

        Returns what does not hold, in sentences; nothing when all is well.
        """
        problems = [f"{name} is met before anything was done" for name, met in self._met().items() if met]
        for task in self.scenario.tasks:
            with self.progress.phase(f"Proving the task {task.id}") as phase:
                for script in (*task.wrong, task.solution):
                    expected = script == task.solution
                    phase.note("solution" if expected else f"wrong attempt {script}")
                    if status := self.solve(task, script):
                        problems.append(f"{script} broke off with status {status}, and so it shows nothing")
                    if self._met(task)[task.id] is not expected:
                        problems.append(f"{task.id} is {'not ' if expected else ''}met after {script}")
                    phase.note("reset")
                    self.deployment.reset()
        return problems + [f"{name} is still met after a reset" for name, met in self._met().items() if met]

    def prove_checks(self) -> list[str]:
        """Prove that every check of the claims can fail: VMs and containers exchanged, or the world broken for it.

        Each break begins with the machines as they were made. Returns what does not hold, in sentences; nothing when
        all is well. The machines are left broken.

        Raises:
            MachineError: the world cannot be broken as the scenario says, or not be reset.
        """
        scenario, target = self.scenario, check_target_of(self.deployment)
        broken = [check for each in scenario.breaks for check in each.checks]
        with self.progress.phase("Proving that the checks can fail") as phase:
            phase.note("VMs and containers exchanged")
            problems = _unseen(run_checks(scenario, exchanged(target), lambda verdict: None, leave_out=broken))
            for number, each in enumerate(scenario.breaks):
                phase.note(", ".join(each.checks))
                if number:  # otherwise what was broken before could be what the check sees
                    self.deployment.reset()
                self._break(each)
                problems += _unseen(run_checks(scenario, target, lambda verdict: None, checks=each.checks))
        return problems

    def _break(self, broken: Break) -> None:
        stage = stage_of(self.deployment)
        result = stage.pipe(stage.machines[broken.machine], broken.command, "A break", TASK_TIMEOUT)
        if result.status:
            raise MachineError(
                f"`{broken.command.strip()}` ended with status {result.status}: {result.stderr.strip()}",
                "Correct the scenario's `breaks`.",
            )

    def _met(self, *tasks: Task) -> dict[str, bool]:
        verdicts = check_tasks(self.scenario, check_target_of(self.deployment), tasks or self.scenario.tasks)
        return {name: verdict.passed for name, verdict in verdicts.items()}

    def _keep(self, change: Callable[[Outcome], Outcome]) -> None:
        self.results.update(self.scenario.name, self.scenario.title, change, self.progress.say)


def _unseen(found: Sequence[Verdict]) -> list[str]:
    """Return the checks that were not seen failing, in sentences."""
    seen = {verdict.function for verdict in found if verdict.made and not verdict.passed}
    unseen = {verdict.function: verdict.message for verdict in found if verdict.function not in seen}
    return [f"{check} was not seen failing{f': {said}' if said else ''}" for check, said in unseen.items()]


def _judged(kept: Sequence[Verdict], fresh: Verdict) -> tuple[Verdict, ...]:
    return (*(each for each in kept if each.check != fresh.check), fresh)


@contextmanager
def open_session(settings: Settings, scenario: Scenario, progress: Progress, verb: str) -> Iterator[Session]:
    """Yield a session with a scenario that is up. Nobody throws its machines away meanwhile; ``verb`` names the holder.

    Raises:
        MachineError: a machine of the scenario does not run.
    """
    deployment = Deployment(settings, scenario, progress)
    with reading(settings, scenario.name, f"{verb} {scenario.name}", progress):
        deployment.require_up()
        yield Session(deployment, progress)
