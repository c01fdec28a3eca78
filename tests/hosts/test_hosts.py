"""Fresh hosts, Debian 12 and 13, without systemd: root and an ordinary user bring a scenario up and take it down.

Each host is a container (see ``host.py``). Both are tried side by side, and each user's verbs one after the other.
Root's machines stay up while the ordinary user has a lab, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

import pytest

from tests.hosts.conftest import REPORT
from tests.hosts.host import STUDENT, Host, Said, fresh, name_of, remove

SUITES = ("bookworm", "trixie")
USERS = ("root", STUDENT)
RESET = "reset scenario-3"
VERBS = (
    "up scenario-3 --yes",
    "status --json",
    "run scenario-3",
    "check scenario-3",
    RESET,
    "reset scenario-3 --prove",
)
DOWN = "down --all"
BESIDE = ("status --json", "check scenario-3")
"""What root asks once the ordinary user has come, worked and gone."""


@dataclass
class Trial:
    """What one user of one host was answered."""

    said: dict[str, Said] = field(default_factory=dict)
    """By verb; what comes after one that failed is not tried."""
    joined: Said | None = None
    """What the first `up` said to the ordinary user: the groups hold from the next login."""
    beside: dict[str, Said] = field(default_factory=dict)
    """What root was answered after the ordinary user's work."""
    leftovers: dict[str, list[str]] | None = None
    """What stayed on the host when both were gone."""


Trials = dict[str, Future[dict[str, Trial]]]
"""By suite; each by user."""


@pytest.fixture(scope="session")
def trials(request: pytest.FixtureRequest) -> Iterator[Trials]:
    """Try both hosts at once; a test waits for what it asks about.

    Each is tried by a process of its own: the tests that run meanwhile change their process's environment.
    """
    names = {suite: name_of(suite) for suite in SUITES}
    with ProcessPoolExecutor(len(SUITES), get_context("spawn")) as pool:
        found = {suite: pool.submit(_try, suite, name) for suite, name in names.items()}
        try:
            yield found
        finally:
            for name in names.values():
                remove(name)  # nobody waits for a trial any more, if one is still under way
    request.config.stash[REPORT] = _report(
        {suite: told.result() for suite, told in found.items() if not told.exception()}
    )


def _try(suite: str, name: str) -> dict[str, Trial]:
    with fresh(suite, name) as host:
        root = _use(host, "root", VERBS)
        host.add_student()
        student = _use(host, STUDENT, (*VERBS, DOWN))
        root.beside = _use(host, "root", BESIDE).said
        root.said |= _use(host, "root", (DOWN,)).said
        root.leftovers = student.leftovers = host.leftovers()
    return {"root": root, STUDENT: student}


def _use(host: Host, user: str, verbs: Iterable[str]) -> Trial:
    trial = Trial()
    if user != "root":
        trial.joined = host.run(f"cd lab && python3 lab.py {VERBS[0]}", user=user)
    for verb in verbs:
        trial.said[verb] = host.run(f"cd lab && python3 lab.py {verb}", user=user)
        if trial.said[verb].status:
            break
    return trial


def _report(trials: dict[str, dict[str, Trial]]) -> list[str]:
    """Tell what each verb took, in seconds: on a host in a container, beside another one, so for comparison alone."""
    lines = []
    for suite, by_user in trials.items():
        for user, trial in by_user.items():
            told = ", ".join(f"{verb.partition(' --yes')[0]} {said.seconds:.1f} s" for verb, said in trial.said.items())
            lines.append(f"{suite}, {user}: {told}")
        root, student = (by_user[user].said.get(RESET) for user in USERS)
        if root and student:
            times = student.seconds / root.seconds
            lines.append(f"{suite}: a reset takes {STUDENT} {times:.2f} times as long as root")
    return lines


def _of(trials: Trials, suite: str, user: str) -> Trial:
    """Wait for the trial, and tell briefly where it broke off."""
    error = trials[suite].exception()
    if error:
        pytest.fail(f"{suite}: the trial broke off: {error}", pytrace=False)
    return trials[suite].result()[user]


def test_both_hosts_are_tried(trials: Trials) -> None:
    assert set(trials) == set(SUITES)


@pytest.mark.parametrize("verb", (*VERBS, DOWN))
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("suite", SUITES)
def test_verb(trials: Trials, suite: str, user: str, verb: str) -> None:
    trial = _of(trials, suite, user)
    failed = [each for each, said in trial.said.items() if said.status]
    assert verb in trial.said, f"not tried, since this failed: {failed}"
    assert trial.said[verb].status == 0, trial.said[verb].output[-3000:]


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("suite", SUITES)
def test_all_machines_run(trials: Trials, suite: str, user: str) -> None:
    said = _of(trials, suite, user).said["status --json"]
    assert [machine["state"] for machine in json.loads(said.stdout)] == ["running"] * 3


@pytest.mark.parametrize("suite", SUITES)
def test_one_user_s_lab_goes_on_while_another_s_comes_and_goes(trials: Trials, suite: str) -> None:
    said = _of(trials, suite, "root").beside
    assert list(said) == list(BESIDE)
    assert [machine["state"] for machine in json.loads(said["status --json"].stdout)] == ["running"] * 3
    assert said["check scenario-3"].status == 0, said["check scenario-3"]


@pytest.mark.parametrize("suite", SUITES)
def test_groups_hold_from_the_next_login(trials: Trials, suite: str) -> None:
    joined = _of(trials, suite, STUDENT).joined
    assert joined is not None
    assert joined.status == 3, joined.output
    assert "from your next login on" in joined.output


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("suite", SUITES)
def test_nothing_is_left(trials: Trials, suite: str, user: str) -> None:
    assert _of(trials, suite, user).leftovers == {}
