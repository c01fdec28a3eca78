"""What the tests' output tells beside pytest's own: why a test failed, at once; and a table of kinds at the end.

The table counts what was tried of each kind of trouble on other people's machines.
"""

from __future__ import annotations

from collections import Counter

import pytest

KINDS = {
    "1 what is not the lab's own": (
        "engine/test_ownership",
        "unit/machines/container/test_engine",
        "unit/machines/vm/test_libvirt",
    ),
    "2 a learner's work": (
        "engine/test_work",
        "engine/test_keep",
        "engine/test_class_survival",
        "unit/lesson/test_results",
        "unit/lesson/test_session_keeping",
    ),
    "3 the user's environment": ("unit/test_environment", "unit/test_settings", "unit/test_start"),
    "4 green only what was seen": ("unit/lesson/test_checks", "unit/test_playbook", "engine/test_red"),
    "5 users of one host": ("hosts/", "unit/host/test_home", "unit/host/test_groups"),
    "6 Debian 12 and 13 as hosts": (
        "hosts/",
        "engine/test_boot",
        "unit/machines/vm/test_console",
        "unit/host/test_packages",
        "unit/images/test_base",
    ),
    "7 input that is bad": ("unit/scenario/", "unit/lesson/test_texts", "unit/verbs/test_verbs_input"),
    "7 output that is hostile": (
        "unit/test_inert",
        "unit/lesson/test_measurements",
        "unit/show/test_views",
        "unit/show/test_report",
    ),
    "8 errors that tell the cause": (
        "engine/test_errors",
        "unit/test_causes",
        "unit/test_interrupt",
        "unit/machines/test_command",
        "unit/machines/container/test_cli",
        "unit/machines/vm/test_vagrant",
        "unit/host/test_services",
    ),
    "9 a verdict on every scenario": ("unit/lesson/test_verify", "unit/lesson/test_junit", "unit/verbs/test_verify"),
    "10 readers and writers": ("unit/test_lock",),
}
"""By kind: what the paths of its tests begin with, below `tests/`. A host in a container tries two kinds at once."""

_outcomes: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how a test ended; one that was not run to its end is not right."""
    if report.when == "call" or report.outcome != "passed":
        _outcomes[report.nodeid] = report.outcome


class AtOnce:
    """Tells why a test failed as soon as it did: a run that is cut short comes to no summary."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self._reporter = reporter

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell it, after pytest has written its letter."""
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            reason = crash.message if crash else str(report.longrepr)
            self._reporter.ensure_newline()
            self._reporter.write_line(f"✘ {report.nodeid} ({report.when}): {reason.splitlines()[0][:300]}")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Have failures told at once."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter:
        config.pluginmanager.register(AtOnce(reporter))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, where tests of some kind ran."""
    tried: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for node, outcome in _outcomes.items():
        for kind, beginnings in KINDS.items():
            if node.removeprefix("tests/").startswith(beginnings):
                tried[kind] += 1
                right[kind] += outcome == "passed"
    if tried:
        terminalreporter.section("on everybody's machine: cases tried, cases right")
        for kind in KINDS:
            terminalreporter.line(f"{kind:32} {tried[kind]:6} {right[kind]:6}")
