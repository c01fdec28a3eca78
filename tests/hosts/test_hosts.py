"""Fresh hosts, Debian 12 and 13, without systemd: root and an ordinary user bring a scenario up and take it down.

Each host is a container (see ``host.py``). Both are tried side by side, and each user's verbs one after the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from tests.hosts.conftest import REPORT
from tests.hosts.host import STUDENT, Host, Said, fresh, remove

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
    "down --all",
)


@dataclass
class Trial:
    """What one user of one host was answered."""

    said: dict[str, Said] = field(default_factory=dict)
    """By verb; what comes after one that failed is not tried."""
    joined: Said | None = None
    """What the first `up` said to the ordinary user: the groups hold from the next login."""
    leftovers: dict[str, list[str]] | None = None


Trials = dict[tuple[str, str], Future[Trial]]
"""By suite and user."""


@pytest.fixture(scope="session")
def trials(request: pytest.FixtureRequest) -> Iterator[Trials]:
    """Try both hosts at once; a test waits for what it asks about."""
    with ThreadPoolExecutor() as pool:
        found: Trials = {(suite, user): Future() for suite in SUITES for user in USERS}
        for suite in SUITES:
            pool.submit(_try, suite, found)
        try:
            yield found
        finally:
            for suite in SUITES:
                remove(suite)  # nobody waits for a trial any more, if one is still under way
    request.config.stash[REPORT] = _report({key: told.result() for key, told in found.items() if not told.exception()})


def _try(suite: str, found: Trials) -> None:
    try:
        with fresh(suite) as host:
            found[suite, "root"].set_result(_use(host, "root"))
            host.add_student()
            found[suite, STUDENT].set_result(_use(host, STUDENT))
    except BaseException as error:
        for user in USERS:
            if not found[suite, user].done():
                found[suite, user].set_exception(error)


def _use(host: Host, user: str) -> Trial:
    trial = Trial()
    if user != "root":
        trial.joined = host.run(f"cd lab && python3 lab.py {VERBS[0]}", user=user)
    for verb in VERBS:
        trial.said[verb] = host.run(f"cd lab && python3 lab.py {verb}", user=user)
        if trial.said[verb].status:
            break
    trial.leftovers = host.leftovers()
    return trial


def _report(trials: dict[tuple[str, str], Trial]) -> list[str]:
    """Tell what each verb took, in seconds: on a host in a container, beside another one, so for comparison alone."""
    lines = []
    for (suite, user), trial in trials.items():
        told = ", ".join(f"{verb.partition(' --yes')[0]} {said.seconds:.1f} s" for verb, said in trial.said.items())
        lines.append(f"{suite}, {user}: {told}")
    for suite in SUITES:
        resets = [trials[suite, user].said.get(RESET) for user in USERS if (suite, user) in trials]
        root, student = ([*resets, None, None])[:2]
        if root and student:
            times = student.seconds / root.seconds
            lines.append(f"{suite}: a reset takes {STUDENT} {times:.2f} times as long as root")
    return lines


def _of(trials: Trials, suite: str, user: str) -> Trial:
    """Wait for the trial, and tell briefly where it broke off."""
    error = trials[suite, user].exception()
    if error:
        pytest.fail(f"{suite}, {user}: the trial broke off: {error}", pytrace=False)
    return trials[suite, user].result()


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("suite", SUITES)
def test_verb(trials: Trials, suite: str, user: str, verb: str) -> None:
    trial = _of(trials, suite, user)
    assert verb in trial.said, f"not tried, since this failed: {list(trial.said)[-1]}"
    assert trial.said[verb].status == 0, trial.said[verb].output[-3000:]


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("suite", SUITES)
def test_all_machines_run(trials: Trials, suite: str, user: str) -> None:
    said = _of(trials, suite, user).said["status --json"]
    assert [machine["state"] for machine in json.loads(said.stdout)] == ["running"] * 3


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
